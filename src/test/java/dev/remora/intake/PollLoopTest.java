package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static dev.remora.intake.Bench.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.StartPoint;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PollLoopTest {
    private final Bench bench = new Bench(4, 1_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final Trouble trouble = new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos);
    private final PollLoop loop = new PollLoop(bench.consumer, serving, trouble);

    @Test
    void aNewPartitionIsReadFromWhereTheGroupIs() {
        bench.replies.startAt.put(P0, 5L);
        assign(P0);

        bench.consumer.addRecord(record(P0, 5, "a.onnx"));
        turn();

        assertThat(bench.replies.told)
                .contains("assigned in-0@5 epoch 1", "seen in-0 5..6")
                .containsSubsequence("assigned in-0@5 epoch 1", "seen in-0 5..6");
        assertThat(serving.window().backlog().records()).isEqualTo(1);
    }

    @Test
    void recordsAreTakenInWhenTheBrokersDoNotSayHowManyPartitionsThereAre() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "a.onnx"));
        bench.consumer.schedulePollTask(() -> bench.consumer.silentOnPartitions = true);
        turn();

        assertThat(serving.window().backlog().records()).isEqualTo(1);
        assertThat(bench.replies.told).contains("seen in-0 0..1");
    }

    @Test
    void aNewPartitionWaitsAsideUntilItIsKnownWhereToGoOn() {
        CompletableFuture<Map<TopicPartition, StartPoint>> slow = new CompletableFuture<>();
        assign(P0);
        bench.replies.slowStart = slow;
        bench.consumer.rebalance(List.of(P0, P1));
        turn();
        turn();

        assertThat(bench.consumer.paused()).containsExactly(P1);
        slow.complete(Map.of(P1, StartPoint.at(P1, Uuid.ZERO_UUID, 7)));
        turn();

        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(bench.consumer.position(P1)).isEqualTo(7);
    }

    @Test
    void saysWhichPartitionsAreItsOwnOfHowMany() {
        assertThat(loop.ownership()).isEqualTo(Ownership.NONE);

        assign(P0);
        bench.time.pass(Duration.ofSeconds(1));
        turn();
        assertThat(loop.ownership().partitions()).containsExactly(0);
        assertThat(loop.ownership().partitionCount()).isEqualTo(2);

        bench.consumer.rebalance(List.of(P1));
        bench.time.pass(Duration.ofSeconds(1));
        turn();
        assertThat(loop.ownership().partitions()).containsExactly(1);
    }

    @Test
    void anAnswerForAnEarlierAssignmentIsIgnored() {
        CompletableFuture<Map<TopicPartition, StartPoint>> slow = new CompletableFuture<>();
        bench.replies.slowStart = slow;
        assign(P0);
        turn();
        bench.consumer.rebalance(List.of());
        bench.consumer.rebalance(List.of(P0));
        slow.complete(Map.of(P0, StartPoint.at(P0, Uuid.ZERO_UUID, 7)));
        bench.replies.slowStart = null;
        turn();

        assertThat(bench.consumer.paused()).containsExactly(P0);
        bench.time.pass(Duration.ofSeconds(2));
        turn();
        turn();
        assertThat(bench.consumer.position(P0)).isZero();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void theModelOfARecordThatIsNotInMemoryIsPreparedAtOnceAndOnlyOnce() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "cold.onnx"));
        bench.consumer.addRecord(record(P0, 1, "cold.onnx"));
        turn();

        assertThat(bench.pool.demands).hasSize(1);
        assertThat(bench.pool.demands.get(0).waiting()).isEqualTo(2);
        assertThat(serving.window().backlog().parked()).isEqualTo(2);
    }

    @Test
    void aFullWindowPausesWhatIsReadUntilHalfOfItHasGone() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        assign(P0);
        for (int i = 0; i < 4; i++) {
            bench.consumer.addRecord(record(P0, i, "a.onnx"));
        }
        turn();
        turn();
        assertThat(bench.consumer.paused()).containsExactly(P0);

        serve();
        turn();
        assertThat(bench.consumer.paused()).containsExactly(P0);
        serve();
        turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void nothingIsReadWhileRepliesHaveNoRoom() {
        assign(P0);
        bench.replies.room = false;
        turn();
        assertThat(bench.consumer.paused()).containsExactly(P0);

        bench.replies.room = true;
        turn();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    @Test
    void aPartitionWhoseProgressIsFullPausesAlone() {
        assign(P0, P1);
        bench.replies.progress.put(P0, new Commit(1, new OffsetAndMetadata(3), true));
        bench.time.pass(Duration.ofSeconds(1));
        turn();
        turn();

        assertThat(bench.consumer.paused()).containsExactly(P0);
    }

    @Test
    void progressIsCommittedAFewTimesASecondAndOnlyWhenItChanged() {
        assign(P0);
        bench.replies.progress.put(P0, new Commit(1, new OffsetAndMetadata(3, "meta"), false));
        bench.time.pass(Duration.ofSeconds(1));
        turn();

        assertThat(committed()).isEqualTo(new OffsetAndMetadata(3, "meta"));
    }

    @Test
    void progressOfAnEarlierAssignmentIsNotCommitted() {
        assign(P0);
        bench.replies.progress.put(P0, new Commit(99, new OffsetAndMetadata(3, "meta"), false));
        bench.time.pass(Duration.ofSeconds(1));
        turn();

        assertThat(bench.consumer.committed(Set.of(P0))).doesNotContainKey(P0);
    }

    @Test
    void aPartitionIsGivenAwayAfterItsRepliesAndItsProgress() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "cold.onnx"));
        turn();
        bench.replies.progress.put(P0, new Commit(1, new OffsetAndMetadata(1, "last"), false));

        bench.consumer.rebalance(List.of());

        assertThat(bench.replies.told).containsSubsequence("flush [in-0]", "revoked [in-0]");
        assertThat(serving.window().backlog().records()).isZero();
        assertThat(loop.assignment().count()).isZero();
    }

    @Test
    void aLostPartitionIsDroppedWithoutACommit() {
        assign(P0);
        bench.replies.progress.put(P0, new Commit(1, new OffsetAndMetadata(1, "last"), false));

        loop.assignment().onPartitionsLost(List.of(P0));

        assertThat(bench.replies.told).contains("revoked [in-0]").doesNotContain("flush [in-0]");
        assertThat(bench.consumer.committed(Set.of(P0))).doesNotContainKey(P0);
    }

    @Test
    void anExpiredRequestIsAnsweredWithoutALoad() {
        bench.time.pass(Duration.ofHours(2));
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "cold.onnx"));
        turn();

        assertThat(bench.pool.demands).isEmpty();
        assertThat(error().code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void aRequestExpiresWhileItsModelIsWaitedFor() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "cold.onnx"));
        turn();
        bench.pool.troubles.put("cold.onnx", "it is raining");
        bench.time.pass(Duration.ofHours(2));
        turn();

        assertThat(error().code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(error().getMessage()).contains("it is raining");
        assertThat(bench.pool.demands.get(0).waiting()).isZero();
        assertThat(serving.window().backlog().records()).isZero();
    }

    @Test
    void aMalformedRequestIsAnsweredAtOnce() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "../up.onnx"));
        turn();

        assertThat(error().code()).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void aRequestThatIsRefusedIsAnsweredInItsModelsName() {
        assign(P0);
        bench.consumer.addRecord(record(P0, 0, "a.onnx", new byte[1_000_001]));
        turn();

        assertThat(error().code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(bench.replies.given.get(0).head().model()).isEqualTo(new ModelName("a.onnx"));
    }

    @Test
    void recordsThatALogBegunAnewHoldsAreReadUnderANewEpochAndTheTopicsOwnId() {
        bench.replies.startAt.put(P0, 50L);
        assign(P0);
        bench.replies.topicId = Uuid.randomUuid();
        bench.consumer.seek(P0, 2);
        bench.consumer.addRecord(record(P0, 2, "cold.onnx"));
        turn();

        assertThat(serving.window().backlog().records()).isZero();
        turn();
        bench.consumer.addRecord(record(P0, 2, "cold.onnx"));
        turn();

        assertThat(bench.replies.told)
                .contains("assigned in-0@2 epoch 2 of " + bench.replies.topicId, "seen in-0 2..3");
        assertThat(serving.window().backlog().records()).isEqualTo(1);
    }

    @Test
    void aRefusedCommitIsSaidAndTriedAgainNowAndThen() {
        RefusingConsumer refusing = new RefusingConsumer();
        PollLoop refused = new PollLoop(refusing, serving, trouble);
        refused.subscribe();
        refusing.rebalance(List.of(P0));
        bench.replies.progress.put(P0, new Commit(1, new OffsetAndMetadata(3, "meta"), false));
        for (int i = 0; i < 40; i++) {
            bench.time.pass(Duration.ofMillis(60));
            refused.runOnce();
        }

        assertThat(refusing.commits).isEqualTo(1);
        assertThat(trouble.text().orElse("")).contains("Grant the principal READ on the consumer group");

        refusing.refuses = false;
        for (int i = 0; i < 40; i++) {
            bench.time.pass(Duration.ofMillis(60));
            refused.runOnce();
        }

        assertThat(trouble.text()).isEmpty();
        assertThat(refusing.commits).isEqualTo(2);
    }

    @Test
    void recordsOnAPartitionThatIsNotTheirModelsHomeAreCounted() {
        assign(P0, P1);
        bench.consumer.addRecord(record(P0, 0, "a.onnx"));
        bench.consumer.addRecord(record(P1, 0, "a.onnx"));
        turn();

        assertThat(serving.figures().mispartitionedSum()).isEqualTo(1);
    }

    private void assign(TopicPartition... partitions) {
        loop.subscribe();
        bench.consumer.rebalance(List.of(partitions));
        turn();
        turn();
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(60));
        loop.runOnce();
    }

    private void serve() throws InterruptedException {
        Work work = serving.window().take(null).get(0);
        serving.flow().serve(work);
    }

    private RemoraException error() {
        assertThat(bench.replies.given).hasSize(1);
        return Objects.requireNonNull(bench.replies.given.get(0).error());
    }

    private OffsetAndMetadata committed() {
        return Objects.requireNonNull(bench.consumer.committed(Set.of(P0)).get(P0));
    }

    /** Brokers that take no commit. */
    private static final class RefusingConsumer extends MockConsumer<byte[], byte[]> {
        boolean refuses = true;
        int commits;

        RefusingConsumer() {
            super("earliest");
            updateBeginningOffsets(Map.of(P0, 0L));
        }

        @Override
        public void commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
            commits++;
            callback.onComplete(
                    offsets, refuses ? new GroupAuthorizationException("Group authorization failed.") : null);
        }
    }
}
