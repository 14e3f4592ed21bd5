package dev.remora.it;

import dev.remora.client.RemoraClient;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint on the shared stack: its name, its prefix in the bucket, its instances. Closing it kills the instances that
 * still run. Confined to the test's thread.
 */
public final class Endpoint implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(3);

    private final Stack stack;
    private final String name;
    private final List<PayaraInstance> instances = new ArrayList<>();
    private @Nullable Requester requester;
    private @Nullable RemoraClient client;

    Endpoint(Stack stack, String name) {
        this.stack = stack;
        this.name = name;
    }

    public String name() {
        return name;
    }

    String invocations() {
        return name + ".invocations";
    }

    String replies() {
        return name + ".replies";
    }

    Stack stack() {
        return stack;
    }

    /** How an instance of this endpoint is started when the test wants nothing special. */
    public InstanceSettings settings(String instance) {
        Path folder = Stack.FOLDER.resolve(name).resolve(instance);
        S3Server s3 = stack.s3();
        return InstanceSettings.of(
                        instance,
                        folder,
                        built("payara/launcher/target/payara-micro.jar"),
                        built("payara/target/remora.war"))
                .with(Map.of(
                        "remora.endpoint",
                        name,
                        "remora.instance",
                        instance,
                        "remora.models.location",
                        "s3://" + Stack.BUCKET + "/" + prefix(),
                        "remora.kafka.bootstrap.servers",
                        stack.broker().bootstrap(),
                        "remora.s3.endpoint",
                        s3.endpoint().toString(),
                        "remora.s3.region",
                        S3Server.REGION,
                        "remora.disk.path",
                        folder.resolve("disk").toString(),
                        "remora.memory.max",
                        "256MiB",
                        "remora.disk.max",
                        "1GiB",
                        "remora.topics.partitions",
                        "8"))
                .withEnvironment("AWS_ACCESS_KEY_ID", s3.keys().access())
                .withEnvironment("AWS_SECRET_ACCESS_KEY", s3.keys().secret())
                // Half the CPU of a start; the tests start many.
                .withJvm("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    /** Starts an instance and waits until it is ready. */
    PayaraInstance start(InstanceSettings settings) throws IOException {
        PayaraInstance instance = launch(settings);
        instance.awaitReady(START);
        return instance;
    }

    /** Starts an instance and does not wait. */
    PayaraInstance launch(InstanceSettings settings) throws IOException {
        PayaraInstance instance = PayaraInstance.start(settings);
        instances.add(instance);
        return instance;
    }

    /** The instance that was started last under this name. */
    PayaraInstance instance(String instance) {
        return instances.stream()
                .filter(i -> i.name().equals(instance))
                .reduce((older, newer) -> newer)
                .orElseThrow();
    }

    /** Whether an instance was started under this name and still runs. */
    boolean runs(String instance) {
        return instances.stream().anyMatch(i -> i.name().equals(instance) && i.isAlive());
    }

    /** Sends plain records and reads plain replies; from when the topics are there. */
    public Requester requester() {
        if (requester == null) {
            requester = new Requester(stack.broker().bootstrap(), invocations(), replies());
        }
        return requester;
    }

    /** The Java client; from when the topics are there. */
    RemoraClient client() {
        if (client == null) {
            client = RemoraClient.builder()
                    .bootstrapServers(stack.broker().bootstrap())
                    .endpoint(name)
                    .build();
        }
        return client;
    }

    /** Uploads a model, over an older version too; returns its version. */
    public String upload(String model, byte[] bytes) {
        return stack.s3().put(Stack.BUCKET, prefix() + model, bytes);
    }

    /** Uploads a model from a file; returns its version. */
    public String upload(String model, Path file) {
        return stack.s3().put(Stack.BUCKET, prefix() + model, file);
    }

    void delete(String model) {
        stack.s3().delete(Stack.BUCKET, prefix() + model);
    }

    /** GETs of the model that were answered with bytes, so far. */
    public long downloads(String model) {
        return stack.s3().traffic().gets(key(model));
    }

    /** The same of all its models together. */
    public long downloads() {
        return stack.s3().traffic().getsBelow(key(""));
    }

    /** The model's object as the S3 server's traffic knows it. */
    String key(String model) {
        return Stack.BUCKET + "/" + prefix() + model;
    }

    @Override
    public void close() {
        if (requester != null) {
            requester.close();
        }
        if (client != null) {
            client.close();
        }
        instances.stream().filter(PayaraInstance::isAlive).forEach(PayaraInstance::kill);
    }

    private String prefix() {
        return name + "/";
    }

    private static Path built(String path) {
        Path file = Stack.ROOT.resolve(path);
        if (!Files.exists(file)) {
            throw new IllegalStateException(file + " is not built; run: mvn verify");
        }
        return file;
    }
}
