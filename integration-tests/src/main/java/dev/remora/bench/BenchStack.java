package dev.remora.bench;

import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;

/**
 * The servers of one benchmark, each a process of its own but for the S3 server, started when first asked for. Nothing is
 * shared with another benchmark. Thread-safe; closing it, from any thread, ends them all.
 */
final class BenchStack implements AutoCloseable {
    static final int PARTITIONS = 8;

    private static final String BUCKET = "models";
    private static final Duration START = Duration.ofMinutes(5);
    static final List<String> BROKER_JVM = List.of("-Xmx512m");

    private final Path root;
    private final Path folder;
    private final BenchOptions options;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private @Nullable ChildJvm broker;
    private @Nullable S3Server s3;
    private @Nullable Generator generator;

    BenchStack(Path root, Path folder, BenchOptions options) {
        this.root = root;
        this.folder = folder;
        this.options = options;
    }

    /** Remora, its endpoint and its process. */
    record Server(Subject subject, PayaraInstance instance) {}

    Path folder() {
        return folder;
    }

    synchronized String bootstrap() throws IOException {
        return broker().ready().text("bootstrap");
    }

    synchronized ChildJvm broker() throws IOException {
        if (broker == null) {
            Fields settings = Fields.none().with("folder", folder.resolve("kafka"));
            broker = kept(ChildJvm.start(folder, "broker", BrokerMain.class, BROKER_JVM, settings));
        }
        return broker;
    }

    synchronized S3Server s3() throws IOException {
        if (s3 == null) {
            s3 = kept(S3Server.start(folder.resolve("s3")));
            s3.createBucket(BUCKET);
        }
        return s3;
    }

    /** The usual load generator. */
    synchronized Generator generator() throws IOException {
        if (generator == null) {
            generator = generator("load");
        }
        return generator;
    }

    /** A load generator of one's own. */
    synchronized Generator generator(String name) throws IOException {
        return kept(Generator.start(folder, name, bootstrap(), options.models(), broker().pid()));
    }

    /** A bare consumer that echoes. */
    synchronized Subject echo(Mode mode) throws IOException {
        return baseline("echo-" + mode.baseline(), EchoMain.class, Fields.none().with("mode", mode.baseline()));
    }

    /**
     * A baseline in a JVM of its own with topics of its own.
     *
     * @param main reads the fields bootstrap, in and out beside the given ones
     */
    synchronized Subject baseline(String name, Class<?> main, Fields settings) throws IOException {
        createTopics(name);
        Fields all = settings.with("bootstrap", bootstrap())
                .with("in", name + ".invocations")
                .with("out", name + ".replies");
        ChildJvm child = kept(ChildJvm.start(folder, name, main, options.jvm(), all));
        return Subject.of(name, name, child.pid());
    }

    /** Uploads a model below an endpoint's prefix. */
    synchronized void upload(String endpoint, String model, byte[] bytes) throws IOException {
        s3().put(BUCKET, endpoint + "/" + model, bytes);
    }

    /** Where a baseline finds the bucket, and may read it. */
    synchronized Fields s3Fields() throws IOException {
        return Fields.none()
                .with("s3", s3().endpoint())
                .with("access", s3().keys().access())
                .with("secret", s3().keys().secret())
                .with("bucket", BUCKET);
    }

    /** Payara Micro with the WAR, ready. */
    synchronized Server server(String endpoint, Mode mode, Map<String, String> config) throws IOException {
        return server(endpoint, endpoint, mode, config);
    }

    /** One of several instances of an endpoint, ready; one that had this name before must have ended. */
    synchronized Server server(String endpoint, String name, Mode mode, Map<String, String> config) throws IOException {
        InstanceSettings settings = settings(endpoint, name, mode).with(config);
        PayaraInstance instance = kept(PayaraInstance.start(settings));
        instance.awaitReady(START);
        return new Server(Subject.of(endpoint, endpoint, instance.pid()), instance);
    }

    private InstanceSettings settings(String endpoint, String name, Mode mode) throws IOException {
        Path own = folder.resolve(name);
        return InstanceSettings.of(
                        name,
                        own,
                        root.resolve("payara/launcher/target/payara-micro.jar"),
                        root.resolve("payara/target/remora.war"))
                .with("remora.endpoint", endpoint)
                .with("remora.delivery", mode.configured())
                .with("remora.models.location", "s3://" + BUCKET + "/" + endpoint + "/")
                .with("remora.kafka.bootstrap.servers", bootstrap())
                .with("remora.s3.endpoint", s3().endpoint().toString())
                .with("remora.s3.region", S3Server.REGION)
                .with("remora.disk.path", own.resolve("disk").toString())
                .with("remora.disk.max", "8GiB")
                .with("remora.memory.max", "2GiB")
                .with("remora.topics.partitions", Integer.toString(PARTITIONS))
                .withEnvironment("AWS_ACCESS_KEY_ID", s3().keys().access())
                .withEnvironment("AWS_SECRET_ACCESS_KEY", s3().keys().secret())
                .withJvm(options.jvm().toArray(String[]::new))
                .withJvm(options.serverJvm().toArray(String[]::new));
    }

    private void createTopics(String endpoint) throws IOException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            admin.createTopics(List.of(topic(endpoint + ".invocations"), topic(endpoint + ".replies")))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IOException("The topics of " + endpoint + " cannot be created", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, Optional.of(PARTITIONS), Optional.empty());
    }

    private <T extends AutoCloseable> T kept(T started) {
        synchronized (running) {
            running.push(started);
        }
        return started;
    }

    @Override
    public void close() {
        while (true) {
            AutoCloseable last;
            synchronized (running) {
                last = running.poll();
            }
            if (last == null) {
                return;
            }
            try {
                last.close();
            } catch (Exception e) {
                System.err.println("bench: " + e);
            }
        }
    }
}
