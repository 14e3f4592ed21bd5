package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.runtime.LoadedModel.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchRunTest {
    private final Bench bench = new Bench(100, 100_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final RunLoop loop = new RunLoop(serving.window(), serving.flow(), bench.replies, bench.time::nanos);
    private final List<Integer> asked = new ArrayList<>();
    private int aloneRuns;
    private long offset;

    @BeforeEach
    void known() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        bench.pool.batch = 4;
        bench.pool.run = (inputs, limit) -> {
            aloneRuns++;
            return inputs;
        };
        var together = bench.pool.runBatch;
        bench.pool.runBatch = requests -> {
            asked.add(requests.size());
            return together.apply(requests);
        };
        serving.window().assigned(P0, 1);
        send(1);
        serve();
        bench.replies.given.clear();
        bench.pool.closed.set(0);
        aloneRuns = 0;
    }

    @Test
    void whatWaitsForAModelRunsInOneCallAndEachIsAnswered() throws InterruptedException {
        send(4);

        serve();

        assertThat(asked).containsExactly(4);
        assertThat(aloneRuns).isZero();
        assertThat(bench.answeredOffsets()).containsExactly(1L, 2L, 3L, 4L);
        assertThat(bench.replies.given).allSatisfy(each -> {
            assertThat(each.head().batch()).isEqualTo(4);
            assertThat(Objects.requireNonNull(each.body()).bytes()).containsExactly(1, 2, 3);
        });
        assertNothingIsLeft();
    }

    @Test
    void whereTheyDoNotGoTogetherEachRunsAlone() throws InterruptedException {
        bench.pool.runBatch = requests -> Optional.empty();
        send(3);

        serve();

        assertThat(aloneRuns).isEqualTo(3);
        assertThat(bench.replies.given)
                .hasSize(3)
                .allSatisfy(each -> assertThat(each.head().batch()).isEqualTo(1));
        assertNothingIsLeft();
    }

    @Test
    void aFaultInACallIsTheFaultOfNoRequest() throws InterruptedException {
        bench.pool.runBatch = requests -> {
            throw new IllegalStateException("a test's");
        };
        send(2);

        serve();

        assertThat(aloneRuns).isEqualTo(2);
        assertThat(bench.replies.given)
                .hasSize(2)
                .allSatisfy(each -> assertThat(each.error()).isNull());
        assertNothingIsLeft();
    }

    @Test
    void anOutputThatCannotBeWrittenIsTheErrorOfItsRequestAlone() throws InterruptedException {
        Tensor words = Tensor.strings("y", new long[] {1}, "no bytes");
        bench.pool.runBatch = requests -> Optional.of(new Batch(
                List.of(
                        requests.get(0).inputs(),
                        List.of(words, words),
                        requests.get(2).inputs()),
                3));
        send(3);

        serve();

        assertThat(bench.replies.given).hasSize(3);
        assertThat(bench.replies.given.stream().filter(each -> each.error() == null))
                .hasSizeGreaterThanOrEqualTo(2);
        assertNothingIsLeft();
    }

    @Test
    void oneWhoseDeadlineHasPassedIsNotRunWithTheOthers() throws InterruptedException {
        send(2);
        List<Work> works = serving.window().take(null);
        bench.time.pass(Duration.ofHours(2));

        loop.serve(works);

        assertThat(asked).isEmpty();
        assertThat(bench.replies.given)
                .hasSize(2)
                .allSatisfy(each ->
                        assertThat(Objects.requireNonNull(each.error()).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
        assertNothingIsLeft();
    }

    @Test
    void aModelThatHasLeftMemoryMeanwhileParksAllOfThem() throws InterruptedException {
        send(3);
        List<Work> works = serving.window().take(null);
        bench.pool.loaded.clear();

        loop.serve(works);

        assertThat(serving.window().backlog().parked()).isEqualTo(3);
        assertThat(bench.pool.preparing).containsKey("a.onnx");
        bench.pool.fail("a.onnx", new RemoraException(ErrorCode.MODEL_NOT_FOUND, "gone"));
        for (int i = 0; i < 3; i++) {
            serve();
        }
        assertThat(bench.replies.given).hasSize(3);
        assertNothingIsLeft();
    }

    private void send(int records) {
        Reading reading = new Reading(serving);
        List<WaitingRecord> read = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            read.add(Objects.requireNonNull(reading.read(Bench.record(P0, offset++, "a.onnx"), 1, 2)));
        }
        reading.admit(read);
    }

    private void serve() throws InterruptedException {
        loop.serve(serving.window().take(null));
    }

    private void assertNothingIsLeft() {
        Window.Backlog backlog = serving.window().backlog();
        assertThat(backlog.records()).isZero();
        assertThat(backlog.running()).isZero();
        assertThat(backlog.bytes()).isZero();
        int held = serving.window().ask(in -> in.shares().records(new ModelName("a.onnx")));
        assertThat(held).isZero();
    }
}
