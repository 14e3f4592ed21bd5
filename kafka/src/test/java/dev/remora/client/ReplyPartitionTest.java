package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.RemoraException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplyPartitionTest {
    private static final String TOPIC = "acme.replies";
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final AtomicReference<@Nullable KafkaException> failure = new AtomicReference<>();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
        @Override
        public synchronized long position(TopicPartition partition, Duration timeout) {
            KafkaException exception = failure.get();
            if (exception != null) {
                throw exception;
            }
            return super.position(partition, timeout);
        }
    };
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void takesOnePartitionAndStandsAtItsEnd() {
        topicWith(8);

        int partition = ReplyPartition.assign(consumer, TOPIC, "client-1", LIMIT, nanos::get);

        assertThat(partition).isEqualTo(ModelPartition.of("client-1".getBytes(StandardCharsets.UTF_8), 8));
        TopicPartition assigned = new TopicPartition(TOPIC, partition);
        assertThat(consumer.assignment()).containsExactly(assigned);
        // What is written after the client stands must be read, even if nothing was polled yet.
        consumer.updateEndOffsets(Map.of(assigned, 999L));
        assertThat(consumer.position(assigned)).isEqualTo(100L + partition);
    }

    @Test
    void waitsForATopicThatComesLate() {
        int partition = ReplyPartition.assign(consumer, TOPIC, "c", LIMIT, () -> {
            if (nanos.addAndGet(TimeUnit.SECONDS.toNanos(1)) > TimeUnit.SECONDS.toNanos(3)) {
                topicWith(1);
            }
            return nanos.get();
        });

        assertThat(partition).isZero();
    }

    @Test
    void saysWhichTopicIsNotThere() {
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> ReplyPartition.assign(
                        consumer, TOPIC, "c", LIMIT, () -> nanos.addAndGet(TimeUnit.SECONDS.toNanos(1))))
                .withMessageContaining("'acme.replies' does not exist")
                .withMessageContaining("5000 ms")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .satisfies(e -> assertThat(e.remedy()).contains("start the endpoint"));
    }

    @Test
    void saysWhichRightIsMissing() {
        topicWith(1);
        failure.set(new TopicAuthorizationException(TOPIC));

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> ReplyPartition.assign(consumer, TOPIC, "c", LIMIT, nanos::get))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN))
                .satisfies(e -> assertThat(e.remedy()).contains("Describe and Read"));
    }

    @Test
    void passesOnWhatKafkaSaysOtherwise() {
        topicWith(1);
        failure.set(new KafkaException("broken"));

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> ReplyPartition.assign(consumer, TOPIC, "c", LIMIT, nanos::get))
                .withMessageContaining("broken");
    }

    @Test
    void neverReadsUncommittedRepliesNorJoinsAGroupWhateverIsConfigured() {
        RemoraClientBuilder builder = RemoraClient.builder()
                .endpoint("acme")
                .properties(Map.of("group.id", "g", "security.protocol", "SSL"))
                .consumerProperties(Map.of("isolation.level", "read_uncommitted", "enable.auto.commit", true))
                .producerProperties(Map.of("transactional.id", "t", "acks", "1"));

        assertThat(builder.consumerProperties())
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("enable.auto.commit", false)
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKey("group.id");
        assertThat(builder.producerProperties())
                .containsEntry("linger.ms", 0)
                .containsEntry("acks", "1")
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKey("transactional.id");
    }

    @Test
    void leavesToTheSystemHowMuchOfAnAnswerItTakesAtOnceUnlessToldOtherwise() {
        RemoraClientBuilder builder = RemoraClient.builder().endpoint("acme");

        assertThat(builder.consumerProperties()).containsEntry("receive.buffer.bytes", -1);
        assertThat(builder.properties(Map.of("receive.buffer.bytes", "65536")).consumerProperties())
                .containsEntry("receive.buffer.bytes", "65536");
    }

    @Test
    void saysWhichKafkaPropertyIsWrong() {
        RemoraClientBuilder builder = RemoraClient.builder().endpoint("acme").bootstrapServers("not a server");

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(builder::build)
                .withMessageContaining("bootstrap.servers")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
    }

    @Test
    void needsAnEndpoint() {
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() ->
                        RemoraClient.builder().bootstrapServers("localhost:1").build())
                .withMessageContaining("endpoint");
    }

    private void topicWith(int partitions) {
        Node node = new Node(0, "localhost", 9092);
        Node[] replicas = {node};
        consumer.updatePartitions(
                TOPIC,
                IntStream.range(0, partitions)
                        .mapToObj(p -> new PartitionInfo(TOPIC, p, node, replicas, replicas))
                        .toList());
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (int p = 0; p < partitions; p++) {
            ends.put(new TopicPartition(TOPIC, p), 100L + p);
        }
        consumer.updateEndOffsets(ends);
        consumer.updateBeginningOffsets(Map.of(new TopicPartition(TOPIC, 0), 0L));
    }
}
