package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What brought another library of this kind to a standstill when partitions moved. */
@Timeout(60)
class RebalanceTest {
    private final Bench bench = new Bench(4, 1_000, 2, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final PollLoop loop =
            new PollLoop(bench.consumer, serving, new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos));

    /** confluentinc/parallel-consumer#857 and #547. */
    @Test
    void partitionsThatWereLostAndCameBackAreServedOnWhateverStillRunsOfBefore() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        loop.subscribe();
        assign();
        addRecords();
        List<Work> running = new ArrayList<>();
        running.add(serving.window().take(null).get(0));
        running.add(serving.window().take(null).get(0));

        for (int i = 0; i < 5; i++) {
            loop.assignment().onPartitionsLost(List.of(P0));
            assign();
        }
        assertThat(serving.window().backlog().records())
                .as("records of assignments that are over")
                .isZero();
        running.forEach(serving.flow()::serve);
        bench.replies.given.clear();
        addRecords();
        for (int served = 0; served < 4; ) {
            List<Work> works = serving.window().take(null);
            works.forEach(serving.flow()::serve);
            served += works.size();
        }
        turn();

        assertThat(bench.answeredOffsets()).containsExactly(0L, 1L, 2L, 3L);
        assertThat(bench.replies.given)
                .extracting(each -> each.receipt().epoch())
                .as("assignments that were answered for")
                .containsOnly(6L);
        assertThat(serving.window().fill()).as("room that never comes free").isZero();
        assertThat(bench.consumer.paused()).as("partitions that pause").isEmpty();
    }

    /** confluentinc/parallel-consumer#637. */
    @Test
    void aRebalanceWaitsNeitherForARunThatDoesNotEndNorForACommitThatDoesNotCome() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        loop.subscribe();
        assign();
        addRecords();
        Work stuck = serving.window().take(null).get(0);
        bench.replies.silent = true;

        CompletableFuture<Void> rebalance = CompletableFuture.runAsync(() -> bench.consumer.rebalance(List.of()));

        assertThat(rebalance).as("a rebalance that must not wait for ever").succeedsWithin(Duration.ofSeconds(5));
        assertThat(bench.replies.told).containsSubsequence("flush [in-0]", "revoked [in-0]");
        assertThat(loop.assignment().count()).isZero();
        serving.flow().serve(stuck);
        assertThat(serving.window().fill()).as("room that never comes free").isZero();
    }

    private void assign() {
        bench.consumer.rebalance(List.of());
        bench.consumer.rebalance(List.of(P0));
        turn();
        turn();
    }

    private void addRecords() {
        for (int offset = 0; offset < 4; offset++) {
            bench.consumer.addRecord(record(P0, offset, "a.onnx"));
        }
        turn();
        assertThat(serving.window().backlog().records())
                .as("records that were read")
                .isEqualTo(4);
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(60));
        loop.runOnce();
    }
}
