package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.Window.Work;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What brought another library of this kind to a standstill when partitions moved. */
class RebalanceTest {
    private final Bench bench = new Bench(4, 1_000, 1, Duration.ofMillis(100));
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
        running.add(Objects.requireNonNull(serving.window().take(null)));
        running.add(Objects.requireNonNull(serving.window().take(null)));

        for (int i = 0; i < 5; i++) {
            loop.assignment().onPartitionsLost(List.of(P0));
            assign();
        }
        assertThat(serving.window().backlog().records()).isZero();
        running.forEach(serving.flow()::serve);
        bench.replies.given.clear();
        addRecords();
        for (int i = 0; i < 4; i++) {
            serving.flow().serve(Objects.requireNonNull(serving.window().take(null)));
        }
        turn();

        assertThat(bench.answeredOffsets()).containsExactly(0L, 1L, 2L, 3L);
        assertThat(bench.replies.given)
                .allSatisfy(each -> assertThat(each.receipt().epoch()).isEqualTo(6));
        assertThat(serving.window().fill()).isZero();
        assertThat(bench.consumer.paused()).isEmpty();
    }

    /** confluentinc/parallel-consumer#637. */
    @Test
    void aRebalanceWaitsNeitherForARunThatDoesNotEndNorForACommitThatDoesNotCome() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        loop.subscribe();
        assign();
        addRecords();
        Work stuck = Objects.requireNonNull(serving.window().take(null));
        bench.replies.silent = true;

        long begin = System.nanoTime();
        bench.consumer.rebalance(List.of());

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        assertThat(bench.replies.told).containsSubsequence("flush [in-0]", "revoked [in-0]");
        assertThat(loop.assignment().count()).isZero();
        serving.flow().serve(stuck);
        assertThat(serving.window().fill()).isZero();
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
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(60));
        loop.runOnce();
    }
}
