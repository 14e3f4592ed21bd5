package dev.remora.intake;

import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RouteTable;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Everything that intake needs, made for a test: a clock that stands, a consumer, a pool and a way out that are fakes. */
final class Bench {
    static final String TOPIC = "in";
    static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    static final TopicPartition P1 = new TopicPartition(TOPIC, 1);

    final FakePool pool = new FakePool();
    final FakeReplies replies = new FakeReplies();
    final RouteTable routes = new RouteTable();
    final ForgetfulConsumer consumer = new ForgetfulConsumer();
    final Time time = new Time();
    final IntakeSettings settings;
    final Intake.Parts parts;

    Bench(int records, long bytes, int runThreads, Duration shutdown) {
        settings = new IntakeSettings(
                TOPIC,
                "e",
                "one",
                Duration.ofHours(1),
                Duration.ofSeconds(60),
                1_000_000,
                records,
                bytes,
                runThreads,
                shutdown,
                true);
        parts = new Intake.Parts(
                pool,
                new MessageCodec("out", topic -> false, 3_600_000, 1_000_000),
                PayloadCodecs.standard(),
                replies,
                routes,
                Thread::new,
                time,
                time::nanos);
        leaderless(Set.of());
        consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
    }

    Bench() {
        this(100, 1_000_000, 1, Duration.ofSeconds(1));
    }

    static Consumer<byte[], byte[]> none() {
        throw new KafkaException("no consumer for what is deferred");
    }

    static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset, String model) {
        return record(partition, offset, model, new byte[] {1, 2, 3});
    }

    static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset, String model, byte[] value) {
        byte[] key = model.getBytes(StandardCharsets.UTF_8);
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/octet-stream".getBytes(StandardCharsets.UTF_8));
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                Time.START.toEpochMilli(),
                TimestampType.CREATE_TIME,
                key.length,
                value.length,
                key,
                value,
                headers,
                Optional.empty());
    }

    List<Long> answeredOffsets() {
        List<Long> offsets = new ArrayList<>();
        replies.given.forEach(each -> offsets.add(each.receipt().record().offset()));
        return offsets;
    }

    /** These partitions have no leader from now on. */
    void leaderless(Set<Integer> partitions) {
        consumer.updatePartitions(TOPIC, List.of(info(0, partitions.contains(0)), info(1, partitions.contains(1))));
    }

    private static PartitionInfo info(int partition, boolean leaderless) {
        Node[] none = new Node[0];
        Node leader = leaderless ? Node.noNode() : new Node(1, "broker", 9092);
        return new PartitionInfo(TOPIC, partition, leader, none, none);
    }

    /** A consumer that may lose its right to ask for a topic's partitions. */
    static final class ForgetfulConsumer extends MockConsumer<byte[], byte[]> {
        boolean silentOnPartitions;

        ForgetfulConsumer() {
            super("earliest");
        }

        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic) {
            if (silentOnPartitions) {
                throw new TopicAuthorizationException(topic);
            }
            return super.partitionsFor(topic);
        }

        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic, Duration limit) {
            return partitionsFor(topic);
        }
    }

    /** A clock that moves when the test says so. */
    static final class Time extends Clock {
        static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
        private volatile long nanos = 1;

        long nanos() {
            return nanos;
        }

        void pass(Duration time) {
            nanos += time.toNanos();
        }

        @Override
        public Instant instant() {
            return START.plusNanos(nanos);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
