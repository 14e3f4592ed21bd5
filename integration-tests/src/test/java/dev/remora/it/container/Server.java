package dev.remora.it.container;

import dev.remora.it.Await;
import dev.remora.it.Endpoint;
import dev.remora.it.Stack;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.jboss.arquillian.container.test.api.ContainerController;
import org.jboss.arquillian.container.test.api.Deployer;

/**
 * Payara Micro with a test class's deployment, a process that Arquillian starts. It has the broker and the S3 server of
 * this JVM. Confined to the test's thread.
 */
final class Server {
    /** The container in arquillian.xml. */
    static final String CONTAINER = "payara-micro";

    /** The deployment of each test class. */
    static final String DEPLOYMENT = "remora";

    private static final String INSTANCE = "arquillian";
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofMinutes(1);

    private final ContainerController containers;
    private final Deployer deployer;
    private final Endpoint endpoint;
    private final ProcessHandle process;
    private final URI url;
    private final HttpClient http = HttpClient.newHttpClient();

    private Server(ContainerController containers, Deployer deployer, Endpoint endpoint, int port) {
        this.containers = containers;
        this.deployer = deployer;
        this.endpoint = endpoint;
        this.process = processWith(port);
        this.url = URI.create("http://127.0.0.1:" + port);
    }

    /** Starts it with a configuration beside the endpoint's own, deploys, and waits until it is ready. */
    static Server start(
            ContainerController containers, Deployer deployer, Endpoint endpoint, Map<String, String> config) {
        InstanceSettings settings = endpoint.settings(INSTANCE).with(config);
        int port = Ports.free();
        makeFolder(temporary(settings));
        containers.start(
                CONTAINER,
                Map.of(
                        "cmdOptions", String.join(" ", jvmOptions(settings)),
                        "extraMicroOptions", String.join(" ", microOptions(port))));
        deployer.deploy(DEPLOYMENT);
        Server server = new Server(containers, deployer, endpoint, port);
        Await.until(
                "ready: " + server.url, START, () -> server.get("/health/ready").statusCode() == 200);
        return server;
    }

    /** What it answers under a path. */
    HttpResponse<String> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    /** The endpoint that it serves. */
    Endpoint endpoint() {
        return endpoint;
    }

    /** Undeploys, which is SIGTERM here, waits for the end, and deletes what Arquillian leaves behind. */
    void stop() throws Exception {
        Path leftBehind = arquillianFolder();
        endpoint.close();
        deployer.undeploy(DEPLOYMENT);
        containers.stop(CONTAINER);
        try {
            process.onExit().get(STOP.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError("Not ended within " + STOP.toSeconds() + " s of SIGTERM", e);
        } finally {
            Stack.deleteAll(leftBehind);
        }
    }

    /** The members of the endpoint's consumer group now. */
    Collection<MemberDescription> members() throws Exception {
        String bootstrap = endpoint.settings(INSTANCE).config().get("remora.kafka.bootstrap.servers");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var groups = admin.describeConsumerGroups(List.of(endpoint.name()))
                    .all()
                    .get(STOP.toSeconds(), TimeUnit.SECONDS);
            return Objects.requireNonNull(groups.get(endpoint.name())).members();
        }
    }

    private static List<String> jvmOptions(InstanceSettings settings) {
        List<String> options = new ArrayList<>(settings.jvmOptions());
        options.add("--enable-native-access=ALL-UNNAMED");
        options.add("-Djava.io.tmpdir=" + fromHere(temporary(settings)));
        settings.config().forEach((key, value) -> options.add("-D" + key + "=" + fromHere(value)));
        // Arquillian gives no environment; the SDK reads these properties instead.
        options.add("-Daws.accessKeyId=" + settings.environment().get("AWS_ACCESS_KEY_ID"));
        options.add("-Daws.secretAccessKey=" + settings.environment().get("AWS_SECRET_ACCESS_KEY"));
        return options;
    }

    private static List<String> microOptions(int port) {
        Path logging = Stack.ROOT.resolve("payara/src/main/config/logging.properties");
        Path preboot = Stack.ROOT.resolve("payara/launcher/src/main/resources/dev/remora/launcher/preboot.txt");
        return List.of(
                "--port",
                Integer.toString(port),
                "--nohazelcast",
                "--disablephonehome",
                "--logproperties",
                fromHere(logging),
                "--prebootcommandfile",
                fromHere(preboot));
    }

    private static Path temporary(InstanceSettings settings) {
        return settings.folder().resolve("tmp");
    }

    /** Relative to the working folder, which the server inherits: Arquillian splits options at each space of a path. */
    private static String fromHere(Path path) {
        return here().relativize(path.normalize()).toString();
    }

    private static String fromHere(String value) {
        return value.startsWith(here() + "/") ? fromHere(Path.of(value)) : value;
    }

    private static Path here() {
        return Path.of("").toAbsolutePath();
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProcessHandle processWith(int port) {
        return ProcessHandle.current()
                .children()
                .filter(child -> arguments(child).contains(Integer.toString(port)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No process with port " + port));
    }

    /** Holds the deployed archive. */
    private Path arquillianFolder() {
        List<String> arguments = arguments(process);
        Path archive = Path.of(arguments.get(arguments.indexOf("--deploy") + 1));
        return archive.resolve("../..").normalize();
    }

    private static List<String> arguments(ProcessHandle process) {
        return List.of(process.info().arguments().orElse(new String[0]));
    }
}
