package dev.remora.bench;

import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.reply.Delivery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * An endpoint of instances that wait instead of burning, each a process of its own. Confined to the thread that runs it;
 * closing it ends the instances.
 */
final class SpreadStage implements AutoCloseable {
    static final int PARTITIONS = 12;
    static final Duration HOT_RUN = Duration.ofMillis(20);

    /** Answers a second that one instance makes of the hot model at the very most. */
    static final double ONE_PER_SECOND = SpreadMember.RUN_THREADS * 1000.0 / HOT_RUN.toMillis();

    static final String HOT = WaitingModels.name(HOT_RUN, "hot");
    private static final Duration LIGHT_RUN = Duration.ofMillis(2);
    private static final int LIGHT_MODELS = 50;
    private static final double LIGHT_PER_SECOND = 50;
    private static final Duration JOIN = Duration.ofSeconds(90);
    private static final Duration CLIENT_TIMEOUT = Duration.ofMinutes(5);
    private static final List<String> JVM = List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Path folder;
    private final String bootstrap;
    private final String endpoint;
    private final Duration wait;
    private final Delivery delivery;
    private final Map<String, ChildJvm> members = new HashMap<>();
    private final Map<String, Double> slowness = new HashMap<>();
    private final SpreadTraffic traffic;

    /** @param wait that a model spreads at */
    SpreadStage(Path folder, String bootstrap, String endpoint, Duration wait, Delivery delivery) throws IOException {
        this.folder = folder;
        this.bootstrap = bootstrap;
        this.endpoint = endpoint;
        this.wait = wait;
        this.delivery = delivery;
        createTopics();
        this.traffic = new SpreadTraffic(bootstrap, endpoint);
    }

    SpreadTraffic traffic() {
        return traffic;
    }

    /** Starts instances, and waits until all that run share the partitions evenly. */
    void start(String... names) throws IOException {
        for (String name : names) {
            Fields settings = Fields.none()
                    .with("bootstrap", bootstrap)
                    .with("endpoint", endpoint)
                    .with("instance", name)
                    .with("folder", folder.resolve(name))
                    .with("wait", wait.toMillis())
                    .with("delivery", delivery.name());
            members.put(name, ChildJvm.start(folder, name, SpreadMember.class, JVM, settings));
        }
        boolean shared = SpreadTraffic.await(
                JOIN,
                () -> members.keySet().stream()
                        .allMatch(each -> ask(each, "partitions") == (double) PARTITIONS / members.size()));
        if (!shared) {
            throw new IOException("The instances do not share the partitions");
        }
    }

    /** Has so many partitions of requests from now on. */
    void partitions(int count) throws IOException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createPartitions(Map.of(endpoint + ".invocations", NewPartitions.increaseTo(count)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IOException("The partitions cannot be added", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    /** Has the runs of an instance take so many times as long from now on. */
    void slow(String name, double times) {
        slowness.put(name, times);
        ask(name, "busy");
    }

    /** SIGKILL. */
    void kill(String name) {
        ChildJvm member = members.remove(name);
        ProcessHandle.of(member.pid()).ifPresent(ProcessHandle::destroyForcibly);
        member.close();
    }

    double forwarded() {
        return members.keySet().stream()
                .mapToDouble(each -> ask(each, "forwarded"))
                .sum();
    }

    double mispartitioned() {
        return members.keySet().stream()
                .mapToDouble(each -> ask(each, "mispartitioned"))
                .sum();
    }

    /** So many times what one instance does of the hot model. */
    SpreadTraffic.Stream flood(double times) {
        return traffic.stream("hot", List.of(HOT), times * ONE_PER_SECOND);
    }

    /** Requests for the hot model at this pace, by the Java client, which reads the routes. */
    SpreadTraffic.Stream flood(RemoraClient client, double perSecond) {
        return traffic.stream("hot", List.of(HOT), perSecond, (id, model) -> {
            InferenceRequest request = InferenceRequest.bytes("application/octet-stream", new byte[] {1, 2, 3});
            var unused = client.infer(model, request.requestId(id)); // the traffic reads the reply as well
        });
    }

    /** A client of this endpoint. */
    RemoraClient client() {
        return RemoraClient.builder()
                .endpoint(endpoint)
                .bootstrapServers(bootstrap)
                .timeout(CLIENT_TIMEOUT)
                .build();
    }

    /** A little for each of fifty other models. */
    SpreadTraffic.Stream light() {
        List<String> models = new ArrayList<>();
        for (int i = 0; i < LIGHT_MODELS; i++) {
            models.add(WaitingModels.name(LIGHT_RUN, "light-" + i));
        }
        return traffic.stream("light", models, LIGHT_PER_SECOND);
    }

    /** Who has answered a stream until then. */
    Set<String> instances(SpreadTraffic.Stream stream, long untilNanos) {
        Set<String> instances = new HashSet<>();
        traffic.answers(each -> each.stream().equals(stream.name()) && each.seenNanos() - untilNanos < 0)
                .forEach(each -> instances.add(each.instance()));
        return instances;
    }

    private double ask(String name, String figure) {
        ChildJvm member = members.get(name);
        if (member == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return member.ask(Fields.none().with("slow", slowness.getOrDefault(name, 1.0)))
                .number(figure);
    }

    private void createTopics() throws IOException {
        Map<String, String> compacted = Map.of("cleanup.policy", "compact");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(
                            new NewTopic(endpoint + ".invocations", Optional.of(PARTITIONS), Optional.empty()),
                            new NewTopic(endpoint + ".replies", Optional.of(1), Optional.empty()),
                            new NewTopic(endpoint + ".routes", Optional.of(1), Optional.empty()).configs(compacted),
                            new NewTopic(endpoint + ".residency", Optional.of(1), Optional.empty()).configs(compacted)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IOException("The topics cannot be created", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    @Override
    public void close() {
        traffic.close();
        members.values().forEach(ChildJvm::close);
    }
}
