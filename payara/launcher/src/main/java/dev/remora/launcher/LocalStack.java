package dev.remora.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A broker, an S3 server and instances of Remora, their data in one folder. Thread-safe: {@link #close} may come from
 * another thread while it starts, and then it starts no further.
 */
final class LocalStack implements AutoCloseable {
    static final String ENDPOINT = "demo";
    static final String BUCKET = "models";
    static final String PREFIX = "demo/";

    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(45);
    private static final int KAFKA_PORT = 9092;
    private static final int S3_PORT = 9000;
    private static final int HTTP_PORT = 8080;

    private static final String[] SERVING_JVM = {"-Xmx512m"};

    /** Up in half the time; code that runs for long would be slower. */
    private static final String[] SHOWING_JVM = {"-Xmx512m", "-XX:TieredStopAtLevel=1"};

    private final Path data;
    private final Options options;
    private final FolderLock lock;
    private final List<PayaraInstance> instances = new ArrayList<>();
    private @Nullable KafkaBroker broker;
    private @Nullable S3Server s3;
    private boolean closed;

    /**
     * Takes the folder.
     *
     * @throws IOException when another stack has it
     */
    LocalStack(Path data, Options options) throws IOException {
        this.data = data;
        this.options = options;
        this.lock = FolderLock.take(data, "quickstart");
    }

    /** Starts the broker and the S3 server; blocks until both serve. */
    synchronized void startServers() throws IOException {
        checkOpen();
        Files.deleteIfExists(stackFile());
        broker =
                KafkaBroker.start(KafkaBroker.Settings.in(data.resolve("kafka")).onPort(KAFKA_PORT));
        checkOpen();
        s3 = S3Server.start(data.resolve("s3"), S3_PORT, new S3Server.Keys("remora", "remora-secret"));
        s3.createBucket(BUCKET);
    }

    /** Starts the instances; blocks until each is ready. */
    void startInstances(Path payaraMicro, Path war) throws IOException {
        for (int i = 1; i <= options.instances(); i++) {
            launch(settings(ENDPOINT + "-" + i, payaraMicro, war).onPort(HTTP_PORT + i - 1));
        }
        for (PayaraInstance instance : instances()) {
            instance.awaitReady(START);
        }
        StackFile.write(stackFile(), this);
    }

    /** The folder with all that it keeps. */
    Path data() {
        return data;
    }

    /** Where {@code stack.json} is written once all is ready. */
    Path stackFile() {
        return data.resolve("stack.json");
    }

    /** How it was asked to be. */
    Options options() {
        return options;
    }

    synchronized KafkaBroker broker() {
        return Optional.ofNullable(broker).orElseThrow();
    }

    synchronized S3Server s3() {
        return Optional.ofNullable(s3).orElseThrow();
    }

    synchronized List<PayaraInstance> instances() {
        return List.copyOf(instances);
    }

    /** Uploads a model under its name; returns its version. */
    String upload(String model, byte[] bytes) {
        return s3().put(BUCKET, PREFIX + model, bytes);
    }

    /** Stops all that was started, instances first, which drain; blocks. */
    @Override
    public void close() {
        List<PayaraInstance> running = stopStarting();
        running.forEach(PayaraInstance::terminate);
        running.forEach(instance -> instance.stop(STOP));
        try {
            closeServers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized List<PayaraInstance> stopStarting() {
        closed = true;
        return List.copyOf(instances);
    }

    private synchronized void closeServers() throws IOException {
        Files.deleteIfExists(stackFile());
        try (lock) {
            if (s3 != null) {
                s3.close();
            }
            if (broker != null) {
                broker.close();
            }
        }
    }

    private synchronized void launch(InstanceSettings settings) throws IOException {
        checkOpen();
        // A quick start that was killed hard leaves its instances behind, and they hold their disk folders.
        PayaraInstance.endLeftover(settings.folder());
        instances.add(PayaraInstance.start(settings));
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("stopped while it was starting");
        }
    }

    private InstanceSettings settings(String name, Path payaraMicro, Path war) {
        Path folder = data.resolve("instances").resolve(name);
        return InstanceSettings.of(name, folder, payaraMicro, war)
                .with(Map.of(
                        "remora.endpoint",
                        ENDPOINT,
                        "remora.instance",
                        name,
                        "remora.models.location",
                        "s3://" + BUCKET + "/" + PREFIX,
                        "remora.models.max-age",
                        "5s",
                        "remora.kafka.bootstrap.servers",
                        broker().bootstrap(),
                        "remora.s3.endpoint",
                        s3().endpoint().toString(),
                        "remora.s3.region",
                        S3Server.REGION,
                        "remora.disk.path",
                        folder.resolve("disk").toString(),
                        "remora.disk.max",
                        options.disk(),
                        "remora.memory.max",
                        options.memory()))
                .withEnvironment("AWS_ACCESS_KEY_ID", s3().keys().access())
                .withEnvironment("AWS_SECRET_ACCESS_KEY", s3().keys().secret())
                .withJvm(options.serve() ? SERVING_JVM : SHOWING_JVM);
    }
}
