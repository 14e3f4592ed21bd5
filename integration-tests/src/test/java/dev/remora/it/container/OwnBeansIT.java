package dev.remora.it.container;

import static dev.remora.it.container.Server.CONTAINER;
import static dev.remora.it.container.Server.DEPLOYMENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.it.Endpoint;
import dev.remora.it.Numbers;
import dev.remora.it.Reply;
import dev.remora.it.Requester;
import dev.remora.it.Stack;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jboss.arquillian.container.test.api.ContainerController;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** A WAR that overlays ours with a user's store, eviction policy and runtime, seen at work through Kafka. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnBeansIT {
    private static final Path MODELS = Stack.FOLDER.resolve("ownbeansit/models");
    private static final long MIB = 1 << 20;

    private static @Nullable Server server;

    @ArquillianResource
    private ContainerController containers;

    @ArquillianResource
    private Deployer deployer;

    @Deployment(name = DEPLOYMENT, managed = false, testable = false)
    @TargetsContainer(CONTAINER)
    static WebArchive war() {
        return Archives.remora()
                .addClasses(FolderStore.class, NewestLeaves.class, EchoRuntime.class)
                .addClasses(FolderStore.class.getDeclaredClasses())
                .addClasses(EchoRuntime.class.getDeclaredClasses());
    }

    @Test
    @Order(0)
    void startsAndIsReady() throws IOException {
        Endpoint endpoint = Stack.endpoint(OwnBeansIT.class);
        Files.createDirectories(MODELS);

        server = Server.start(
                containers,
                deployer,
                endpoint,
                Map.of("remora.memory.max", "100MiB", "acme.models.folder", MODELS.toString()));
    }

    @Test
    @Order(1)
    void aRuntimeOfTheUsersRunsItsOwnKindOfModel() throws IOException {
        model("greeting.echo", "1000");

        Reply reply = invoke("greeting.echo", 1, 2, 3, 4);

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        Numbers.assertClose(values(reply), 1, 2, 3, 4);
    }

    @Test
    @Order(2)
    void aStoreOfTheUsersTakesThePlaceOfS3() throws IOException {
        TinyNet net = TinyNet.of(3);
        Path file = Files.write(MODELS.resolve("tiny.onnx"), net.onnx());

        Reply reply = invoke("tiny.onnx", 1, 2, 3, 4);
        Reply absent = invoke("absent.onnx", 1, 2, 3, 4);

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.version()).isEqualTo(Files.getLastModifiedTime(file).toMillis() + "-" + Files.size(file));
        Numbers.assertClose(values(reply), net.answer(1, 2, 3, 4));
        assertThat(absent.status()).as(absent.toString()).isEqualTo(404);
        assertThat(running().endpoint().downloads()).isZero();
    }

    @Test
    @Order(3)
    void aPolicyOfTheUsersDecidesWhichModelLeaves() throws IOException {
        for (String name : new String[] {"old.echo", "newer.echo", "newest.echo"}) {
            model(name, Long.toString(40 * MIB));
        }
        invoke("old.echo", 1);
        invoke("newer.echo", 1);

        invoke("newest.echo", 1);

        assertThat(invoke("old.echo", 1).tier()).isEqualTo("memory");
        assertThat(invoke("newer.echo", 1).tier()).isEqualTo("disk");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void leavesItsGroupAtOnceWhenItIsStopped() throws Exception {
        running().stop();

        assertThat(running().members()).isEmpty();
    }

    private static Server running() {
        return Objects.requireNonNull(server, "not started");
    }

    private static void model(String name, String content) throws IOException {
        Files.writeString(MODELS.resolve(name), content);
    }

    private static Reply invoke(String model, float... x) {
        String json = "{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": " + shape(model, x)
                + ", \"data\": " + Arrays.toString(x) + "}]}";
        Endpoint endpoint = running().endpoint();
        return Requester.await(endpoint.requester().send(model, json));
    }

    private static String shape(String model, float... x) {
        return model.endsWith(".echo") ? "[" + x.length + "]" : "[1, " + x.length + "]";
    }

    private static String values(Reply reply) {
        return reply.text().replaceAll("^.*\"data\"", "");
    }
}
