package dev.remora.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CompactedTopicTest {
    private static final TopicPartition FIRST = new TopicPartition("acme.routes", 0);
    private static final Node NODE = new Node(0, "localhost", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final Map<String, String> table = new HashMap<>();
    private final CompactedTopic topic = new CompactedTopic(() -> consumer, "acme.routes", new CompactedTopic.Table() {
        @Override
        public void put(byte[] key, byte @Nullable [] value) {
            table.compute(new String(key, UTF_8), (k, old) -> value == null ? null : new String(value, UTF_8));
        }

        @Override
        public void clear() {
            table.clear();
        }
    });

    @Test
    void waitsForATopicThatIsNotThereYet() {
        assertThat(topic.poll(Duration.ZERO)).isFalse();
        assertThat(topic.isCurrent()).isFalse();

        make(0);
        topic.poll(Duration.ZERO);

        assertThat(topic.isCurrent()).isTrue();
    }

    @Test
    void holdsTheLatestValueOfEachKeyAndKnowsWhenItHasReadAll() {
        make(3);
        topic.poll(Duration.ZERO);
        assertThat(topic.isCurrent()).isFalse();

        write(0, "a", "1");
        write(1, "b", "1");
        write(2, "a", "2");
        assertThat(topic.poll(Duration.ZERO)).isTrue();
        assertThat(topic.isCurrent()).isTrue();
        assertThat(table).containsExactlyInAnyOrderEntriesOf(Map.of("a", "2", "b", "1"));

        write(3, "a", null);
        topic.poll(Duration.ZERO);
        assertThat(table).containsOnlyKeys("b");
        assertThat(topic.isCurrent()).isTrue();
    }

    @Test
    void beginsAnewWhereTheTopicDoes() {
        make(0);
        topic.poll(Duration.ZERO);
        write(0, "a", "1");
        topic.poll(Duration.ZERO);

        consumer.setPollException(new OffsetOutOfRangeException(Map.of(FIRST, 1L)));
        assertThat(topic.poll(Duration.ZERO)).isTrue();
        assertThat(table).isEmpty();

        topic.poll(Duration.ZERO);
        assertThat(consumer.position(FIRST)).isZero();
    }

    @Test
    void keepsWhatItKnowsWhileItMayNotRead() {
        make(0);
        topic.poll(Duration.ZERO);
        write(0, "a", "1");
        topic.poll(Duration.ZERO);

        consumer.setPollException(new TopicAuthorizationException("acme.routes"));
        assertThatExceptionOfType(KafkaException.class).isThrownBy(() -> topic.poll(Duration.ZERO));

        assertThat(table).containsKey("a");
        write(1, "b", "1");
        topic.poll(Duration.ZERO);
        assertThat(table).containsKeys("a", "b");
    }

    private void make(long end) {
        consumer.updatePartitions(
                "acme.routes",
                List.of(new PartitionInfo("acme.routes", 0, NODE, new Node[] {NODE}, new Node[] {NODE})));
        consumer.updateBeginningOffsets(Map.of(FIRST, 0L));
        consumer.updateEndOffsets(Map.of(FIRST, end));
    }

    private void write(long offset, String key, @Nullable String value) {
        consumer.addRecord(new ConsumerRecord<>(
                "acme.routes", 0, offset, key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8)));
    }
}
