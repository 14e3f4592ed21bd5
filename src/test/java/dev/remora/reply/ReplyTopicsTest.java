package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class ReplyTopicsTest {
    private final FakeBrokers brokers = new FakeBrokers();
    private long nanos;
    private int lookups;
    private final ReplyTopics topics = new ReplyTopics(this::lookup, () -> nanos);

    @Test
    void aTopicThatHasGrownIsLookedUpAgainSoonWhenItsNewPartitionIsNamed() {
        brokers.shapes.put("in", new TopicShape(2, 1_000));
        assertThat(taken(1)).isTrue();
        brokers.shapes.put("in", new TopicShape(3, 1_000));
        nanos += Duration.ofSeconds(6).toNanos();

        assertThat(taken(2)).isFalse();
        assertThat(taken(2)).isTrue();
    }

    @Test
    void whoNamesAPartitionThatIsNotThereDoesNotHaveTheBrokersAskedEachTime() {
        brokers.shapes.put("in", new TopicShape(2, 1_000));

        for (int i = 0; i < 100; i++) {
            assertThat(taken(2)).isFalse();
        }

        assertThat(lookups).isEqualTo(1);
    }

    private CompletionStage<TopicShape> lookup(String topic) {
        lookups++;
        return brokers.shape(topic);
    }

    private boolean taken(int partition) {
        return !topics.check(new ProducerRecord<>("in", partition, null, new byte[0]), 10)
                .toCompletableFuture()
                .isCompletedExceptionally();
    }
}
