package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

class InstanceSurroundingsTest {
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final Map<TopicPartition, ListOffsetsResultInfo> ends = new HashMap<>();

    @Test
    void whatWaitsOnAPartitionIsWhatIsNotSettled() {
        committed.put(partition(3), new OffsetAndMetadata(10));
        ends.put(partition(3), end(25));
        committed.put(partition(5), new OffsetAndMetadata(10, settledFrom12To15()));
        ends.put(partition(5), end(25));

        assertThat(InstanceSurroundings.waiting(committed, ends)).isEqualTo(Map.of(3, 15L, 5, 12L));
    }

    @Test
    void nothingIsKnownOfAPartitionWithoutACommit() {
        committed.put(partition(3), null);
        ends.put(partition(3), end(25));
        ends.put(partition(5), end(25));

        assertThat(InstanceSurroundings.waiting(committed, ends)).isEmpty();
    }

    @Test
    void nothingIsKnownOfAPartitionWhoseEndTheBrokersDoNotSay() {
        committed.put(partition(3), new OffsetAndMetadata(10));

        assertThat(InstanceSurroundings.waiting(committed, ends)).isEmpty();
    }

    @Test
    void aPartitionThatHasNoLeaderHidesNoOther() throws InterruptedException {
        KafkaFutureImpl<ListOffsetsResultInfo> failed = new KafkaFutureImpl<>();
        failed.completeExceptionally(new LeaderNotAvailableException("none"));
        ListOffsetsResult result = new ListOffsetsResult(Map.of(
                partition(3),
                new KafkaFutureImpl<>(),
                partition(4),
                failed,
                partition(5),
                KafkaFuture.completedFuture(end(25))));

        List<TopicPartition> asked = List.of(partition(3), partition(4), partition(5));
        assertThat(InstanceSurroundings.said(result, asked, Duration.ofMillis(20)))
                .containsOnlyKeys(partition(5));
    }

    @Test
    void nothingWaitsWhereTheCommitIsAtTheEnd() {
        committed.put(partition(3), new OffsetAndMetadata(25));
        ends.put(partition(3), end(25));

        assertThat(InstanceSurroundings.waiting(committed, ends)).isEqualTo(Map.of(3, 0L));
    }

    private static TopicPartition partition(int number) {
        return new TopicPartition("invocations", number);
    }

    private static ListOffsetsResultInfo end(long offset) {
        return new ListOffsetsResultInfo(offset, 0, Optional.empty());
    }

    /** As an instance writes it beside a commit at 10: version, topic, no name, the distance to the run and its length. */
    private static String settledFrom12To15() {
        byte[] bytes = ByteBuffer.allocate(20)
                .put((byte) 1)
                .putLong(7)
                .putLong(8)
                .put((byte) 0)
                .put((byte) 1)
                .put((byte) 2)
                .array();
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }
}
