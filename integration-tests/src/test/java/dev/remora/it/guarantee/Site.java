package dev.remora.it.guarantee;

import dev.remora.it.Fault;
import dev.remora.it.FaultProxy;
import dev.remora.launcher.KafkaBroker;
import dev.remora.launcher.Ports;
import dev.remora.launcher.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** What the instances stand on: a broker and an S3 server of their own, the latter behind a proxy. Thread-safe. */
final class Site implements AutoCloseable {
    static final String ENDPOINT = "soak";
    static final String INVOCATIONS = ENDPOINT + ".invocations";
    static final String REPLIES = ENDPOINT + ".replies";
    static final String DEAD_LETTERS = "dlq." + INVOCATIONS;
    static final String BUCKET = "models";
    private static final int FIRST_PORT = 21_000;
    private static final int LAST_PORT = 31_000;
    private static final int REPLY_PARTITIONS = 4;

    private final KafkaBroker.Settings settings;
    private final S3Server s3;
    private final FaultProxy storeProxy;
    private final Admin admin;
    private KafkaBroker broker;

    Site(Path folder, int partitions) throws IOException {
        settings = KafkaBroker.Settings.in(folder.resolve("kafka")).onPort(port());
        broker = KafkaBroker.start(settings);
        s3 = S3Server.start(folder.resolve("s3"));
        s3.createBucket(BUCKET);
        storeProxy = new FaultProxy(s3.port());
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap(), "default.api.timeout.ms", 120_000));
        await(admin.createTopics(List.of(
                        new NewTopic(INVOCATIONS, partitions, (short) 1),
                        new NewTopic(REPLIES, REPLY_PARTITIONS, (short) 1),
                        new NewTopic(DEAD_LETTERS, 1, (short) 1)))
                .all());
    }

    String bootstrap() {
        return "127.0.0.1:" + settings.port();
    }

    S3Server s3() {
        return s3;
    }

    /** Where instances reach the store. */
    String storeAddress() {
        return "http://127.0.0.1:" + storeProxy.port();
    }

    /** From now on each connection to the store meets this; those that are open are cut. */
    void spoilStore(Fault fault) {
        storeProxy.set(fault);
        storeProxy.cut();
    }

    /** Stops the broker and starts it on the same data and port; blocks until it serves. */
    synchronized void restartBroker() throws IOException {
        broker.close();
        broker = KafkaBroker.start(settings);
        if (broker.port() != settings.port()) {
            throw new IOException("Somebody else took the broker's port " + settings.port());
        }
    }

    /** Partitions of the topic of requests. */
    int partitions() {
        return partitions(INVOCATIONS);
    }

    private int partitions(String topic) {
        return await(admin.describeTopics(List.of(topic)).allTopicNames()).values().stream()
                .mapToInt(description -> description.partitions().size())
                .sum();
    }

    void addPartitions(int more) {
        await(admin.createPartitions(Map.of(INVOCATIONS, NewPartitions.increaseTo(partitions() + more)))
                .all());
    }

    /** What this instance owns; empty while the group rebalances. */
    Optional<Set<Integer>> partitionsOf(String instance) {
        ConsumerGroupDescription group =
                await(admin.describeConsumerGroups(List.of(ENDPOINT)).all()).get(ENDPOINT);
        if (group == null || group.groupState() != GroupState.STABLE) {
            return Optional.empty();
        }
        Set<Integer> owned = new HashSet<>();
        group.members().stream()
                .filter(member -> isOf(member, instance))
                .flatMap(member -> member.assignment().topicPartitions().stream())
                .filter(partition -> partition.topic().equals(INVOCATIONS))
                .forEach(partition -> owned.add(partition.partition()));
        return Optional.of(owned);
    }

    private static boolean isOf(MemberDescription member, String instance) {
        return List.of(member.groupInstanceId().orElse(""), member.clientId()).stream()
                .anyMatch(
                        id -> id.equals(instance) || id.endsWith("-" + instance) || id.contains("-" + instance + "-"));
    }

    /** What the group has committed for each partition of the requests. */
    Map<TopicPartition, OffsetAndMetadata> committed() {
        return await(admin.listConsumerGroupOffsets(ENDPOINT).partitionsToOffsetAndMetadata());
    }

    /** Where a topic's partitions end for this reader. */
    Map<TopicPartition, Long> ends(String topic, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int i = 0; i < partitions(topic); i++) {
            latest.put(new TopicPartition(topic, i), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        await(admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    @Override
    public void close() throws IOException {
        admin.close();
        storeProxy.close();
        s3.close();
        broker.close();
    }

    /**
     * Below the ports that the kernel gives to clients: there a client that looks for a stopped broker may meet itself, and
     * keep the port from it.
     */
    private static int port() {
        for (int port = FIRST_PORT; port < LAST_PORT; port += 7) {
            if (Ports.freeOr(port) == port) {
                return port;
            }
        }
        throw new IllegalStateException("No free port from " + FIRST_PORT + " to " + LAST_PORT);
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
