package dev.remora.it.container;

import static dev.remora.it.container.Server.CONTAINER;
import static dev.remora.it.container.Server.DEPLOYMENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.it.Await;
import dev.remora.it.Endpoint;
import dev.remora.it.Reply;
import dev.remora.it.Requester;
import dev.remora.it.Stack;
import dev.remora.launcher.TinyNet;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.jboss.arquillian.container.test.api.ContainerController;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** The WAR is deployed, undeployed and deployed again while the server runs on; another application there does it. */
@ExtendWith(ArquillianExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RedeployIT {
    private static final String MODEL = "tiny.onnx";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    // Of the test's JVM; in the container it stays null.
    private static @Nullable Server server;

    @ArquillianResource
    private ContainerController containers;

    @ArquillianResource
    private Deployer deployer;

    @Deployment(name = DEPLOYMENT, managed = false)
    @TargetsContainer(CONTAINER)
    static WebArchive other() {
        return ShrinkWrap.create(WebArchive.class, "other.war")
                .addClasses(RedeployIT.class, Server.class, Await.class)
                .addAsLibraries(Archives.libraryOf(Assertions.class));
    }

    @Test
    @Order(0)
    @RunAsClient
    void startsWithoutRemora() {
        Endpoint endpoint = Stack.endpoint(RedeployIT.class);
        endpoint.upload(MODEL, TinyNet.of(5).onnx());

        server = Server.start(
                containers,
                deployer,
                endpoint,
                Map.of("acme.war", Archives.war().toPath().normalize().toString()));
    }

    @Test
    @Order(1)
    @OperateOnDeployment(DEPLOYMENT)
    void deploys() throws Exception {
        deploy();
    }

    @Test
    @Order(2)
    @RunAsClient
    void answersFromS3() {
        assertThat(tierOfAnAnswer()).isEqualTo("s3");
    }

    @Test
    @Order(3)
    @OperateOnDeployment(DEPLOYMENT)
    void undeploysWithoutLeavingAThread() throws Exception {
        assertThat(threads()).anyMatch(name -> name.startsWith("remora-"));

        undeploy();

        Await.until("no thread is left", LIMIT, () -> threads().isEmpty());
    }

    @Test
    @Order(4)
    @RunAsClient
    void hasLeftItsGroup() throws Exception {
        assertThat(running().members()).isEmpty();
    }

    @Test
    @Order(5)
    @OperateOnDeployment(DEPLOYMENT)
    void deploysAgain() throws Exception {
        deploy();
    }

    @Test
    @Order(6)
    @RunAsClient
    void answersFromItsDiskAgain() {
        assertThat(tierOfAnAnswer()).isEqualTo("disk");
        assertThat(running().get("/metrics?scope=application").body()).contains("remora_replies_total{");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    @RunAsClient
    void stops() throws Exception {
        running().stop();
    }

    private static Server running() {
        return Objects.requireNonNull(server, "not started");
    }

    // No type that the container does not have: JUnit looks at all signatures there.
    private static String tierOfAnAnswer() {
        Await.until(
                "ready",
                LIMIT,
                () -> running().get("/health/ready").body().contains("remora-ready")
                        && running().get("/health/ready").statusCode() == 200);
        String json =
                "{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 4], \"data\": [1, 2, 3, 4]}]}";
        Reply reply = Requester.await(running().endpoint().requester().send(MODEL, json));
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.tier();
    }

    private static void deploy() throws Exception {
        File war = new File(System.getProperty("acme.war"));
        Object deployed = runtimeType()
                .getMethod("deploy", String.class, String.class, File.class)
                .invoke(runtime(), "remora", "/remora", war);
        assertThat(deployed).isEqualTo(true);
    }

    private static void undeploy() throws Exception {
        runtimeType().getMethod("undeploy", String.class).invoke(runtime(), "remora");
    }

    /** Names of the threads that are ours or of Kafka's clients. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("remora-") || name.startsWith("kafka-"))
                .toList();
    }

    /** Payara Micro's own API, which its server has and Maven Central has not in this version. */
    private static Object runtime() throws Exception {
        Class<?> micro = Class.forName("fish.payara.micro.PayaraMicro");
        Object instance = micro.getMethod("getInstance").invoke(null);
        return micro.getMethod("getRuntime").invoke(instance);
    }

    private static Class<?> runtimeType() throws ClassNotFoundException {
        return Class.forName("fish.payara.micro.PayaraMicroRuntime");
    }
}
