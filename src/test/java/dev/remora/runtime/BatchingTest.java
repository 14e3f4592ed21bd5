package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class BatchingTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Signature OPEN =
            new Signature(List.of(spec("x", -1, 2), spec("rate")), List.of(spec("y", -1, 2)));

    private final List<Integer> calls = new ArrayList<>();
    private UnaryOperator<float[]> net = x -> x;
    private long nanos;
    private long perCallNanos = 100;
    private long perRowNanos = 1;
    private Batching batching = new Batching(OPEN, 32, () -> nanos);

    @Test
    void theFirstBatchesAreAnsweredWithWhatTheirRequestsGaveAlone() {
        Batch first = run(requests(2)).orElseThrow();

        assertThat(first.size()).isEqualTo(1);
        assertThat(first.outputs().get(1).get(0).floats()).containsExactly(1, 2);
        assertThat(calls).as("rows in each call").containsExactly(1, 1, 2);
    }

    @Test
    void batchesGrowOnceTheyHaveProvedToBeEqualAndQuicker() {
        assertThat(batching.batch(100)).isEqualTo(2);

        grow();

        assertThat(batching.batch(100)).isEqualTo(32);
        assertThat(batching.batch(7)).isEqualTo(4);
        assertThat(batching.batch(1)).isEqualTo(1);
    }

    @Test
    void aTrustedBatchRunsInOneCall() {
        grow();
        calls.clear();

        Batch batch = run(requests(16)).orElseThrow();

        assertThat(calls).containsExactly(16);
        assertThat(batch.size()).isEqualTo(16);
        for (int i = 0; i < 16; i++) {
            assertThat(batch.outputs().get(i).get(0).shape()).containsExactly(1, 2);
            assertThat(batch.outputs().get(i).get(0).floats()).containsExactly(i, i + 1);
        }
    }

    @Test
    void aModelWhoseRowsAreNotIndependentIsRunOneByOneForGood() {
        net = BatchingTest::relativeToTheLargest;

        Batch batch = run(requests(2)).orElseThrow();

        assertThat(batch.outputs().get(0).get(0).floats()).containsExactly(0, 1);
        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void requestsThatAreAllTheSameProveNothing() {
        net = BatchingTest::relativeToTheLargest;

        assertThat(run(List.of(request(1, 5), request(1, 5)))).isEmpty();

        assertThat(calls).isEmpty();
    }

    @Test
    void aModelThatChangesItsMindIsFoundOutLater() {
        grow();
        net = BatchingTest::relativeToTheLargest;

        for (int i = 0; i < 2_000 && batching.batch(100) > 1; i++) {
            run(requests(8));
        }

        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void whereABatchIsNoQuickerItDoesNotGrow() {
        perCallNanos = 0;
        perRowNanos = 100;

        for (int i = 0; i < 10; i++) {
            run(requests(2));
        }

        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void requestsOfDifferentShapesOrSharedInputsDoNotGoTogether() {
        Request wide = new Request(List.of(Tensor.floats("x", new long[] {1, 3}, 1, 2, 3), rate(1)), List.of());
        Request other = new Request(List.of(row(1), rate(2)), List.of());
        Request some = new Request(List.of(row(1), rate(1)), List.of("y"));

        assertThat(run(List.of(request(1, 1), wide))).isEmpty();
        assertThat(run(List.of(request(1, 1), other))).isEmpty();
        assertThat(run(List.of(request(1, 1), some))).isEmpty();
        assertThat(calls).isEmpty();
    }

    @Test
    void aCallThatFailsLeavesItsRequestsToBeRunAlone() {
        grow();
        net = x -> {
            throw new RemoraException(ErrorCode.MODEL_ERROR, "a test's");
        };

        assertThat(run(requests(4))).isEmpty();
        assertThat(batching.batch(4)).isEqualTo(4);
    }

    @Test
    void aModelOfFixedShapeIsNeverRunInBatches() {
        Signature fixed = new Signature(List.of(spec("x", 1, 2)), List.of(spec("y", 1, 2)));

        assertThat(new Batching(fixed, 32, () -> nanos).batch(100)).isEqualTo(1);
        assertThat(new Batching(OPEN, 1, () -> nanos).batch(100)).isEqualTo(1);
    }

    @Test
    void aModelThatIsRunOneByOneStaysSo() {
        net = BatchingTest::relativeToTheLargest;
        run(requests(2));
        net = x -> x;

        for (int i = 0; i < 10; i++) {
            run(requests(2));
        }

        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void aModelThatTakesOneRowOnlyIsAnsweredAloneAndAskedForNoBatchAgain() {
        net = x -> {
            if (x.length > 2) {
                throw new RemoraException(ErrorCode.MODEL_ERROR, "cannot be reshaped");
            }
            return x;
        };

        Batch batch = run(requests(2)).orElseThrow();

        assertThat(batch.outputs()).hasSize(2);
        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void whereCallsFailAgainAndAgainBatchesProveThemselvesAnew() {
        grow();
        net = x -> {
            throw new RemoraException(ErrorCode.MODEL_ERROR, "a test's");
        };

        for (int i = 0; i < 8; i++) {
            run(requests(4));
        }
        net = x -> x;
        calls.clear();

        run(requests(2));

        assertThat(calls).containsExactly(1, 1, 2);
    }

    @Test
    void aKindThatGainsNothingKeepsNoOtherFromRunningTogether() {
        grow();
        perCallNanos = 0;
        Request wide = new Request(List.of(rows(1, 2), rate(1)), List.of());
        Request other = new Request(List.of(rows(3, 4), rate(1)), List.of());
        for (int i = 0; i < 3; i++) {
            run(List.of(wide, other));
        }

        assertThat(batching.batch(100)).isEqualTo(32);
        assertThat(run(requests(32)).orElseThrow().size()).isEqualTo(32);
    }

    @Test
    void oneKindWhoseRowsAreNotIndependentEndsBatchesOfAllKinds() {
        grow();
        net = BatchingTest::relativeToTheLargest;
        run(List.of(
                new Request(List.of(rows(1, 2), rate(1)), List.of()),
                new Request(List.of(rows(3, 4), rate(1)), List.of())));
        net = x -> x;

        assertThat(batching.batch(100)).isEqualTo(1);
        assertThat(run(requests(4))).isEmpty();
    }

    @Test
    void aCheckTakesNoLongerThanIsAllowed() {
        perCallNanos = LIMIT.toNanos() / 4;
        List<Duration> limits = new ArrayList<>();

        batching.run(requests(2), LIMIT, (inputs, outputs, limit) -> {
            limits.add(limit);
            nanos += perCallNanos;
            return List.of(inputs.get(0));
        });

        assertThat(limits).containsExactly(LIMIT, LIMIT.multipliedBy(3).dividedBy(4), LIMIT.dividedBy(2));
    }

    @Test
    void anInputThatWasAlwaysTheSameProvesItselfOnceItDiffers() {
        Signature two = new Signature(List.of(spec("x", -1, 2), spec("mask", -1)), List.of(spec("y", -1, 2)));
        batching = new Batching(two, 32, () -> nanos);
        for (int i = 0; i < 5; i++) {
            run(List.of(masked(1, 7), masked(2, 7)));
        }
        calls.clear();

        run(List.of(masked(1, 7), masked(2, 8)));

        assertThat(calls).containsExactly(1, 1, 2);
    }

    @Test
    void requestsOfAnotherShapeProveThemselvesAnew() {
        grow();
        Request wide = new Request(List.of(rows(1, 2), rate(1)), List.of());
        Request other = new Request(List.of(rows(3, 4), rate(1)), List.of());

        run(List.of(wide, other));

        assertThat(calls).containsExactly(2, 2, 4);
    }

    @Test
    void rowsAreJoinedAlongTheFirstDimensionAndBesideItAlongTheOnlyOneThatIsOpen() {
        Signature voice = new Signature(List.of(spec("x", -1, 2), spec("state", 2, -1, 1)), List.of());
        batching = new Batching(voice, 32, () -> nanos);
        List<long[]> shapes = new ArrayList<>();
        List<Request> requests = List.of(
                new Request(List.of(row(1), Tensor.floats("state", new long[] {2, 1, 1}, 1, 2)), List.of()),
                new Request(List.of(row(2), Tensor.floats("state", new long[] {2, 1, 1}, 3, 4)), List.of()));

        batching.run(requests, LIMIT, (inputs, outputs, limit) -> {
            shapes.add(inputs.get(1).shape());
            return List.of(inputs.get(0));
        });

        assertThat(shapes.get(2)).containsExactly(2, 2, 1);
        assertThat(Batching.canJoin(new Signature(List.of(spec("sound", 1, -1)), List.of())))
                .isFalse();
    }

    @Test
    void whatDidNotGoTogetherIsNotTriedEachTime() {
        for (int i = 0; i < 20; i++) {
            run(List.of(request(1, 5), request(1, 5)));
        }

        assertThat(batching.batch(100)).isEqualTo(1);
    }

    @Test
    void stringsDoNotGoTogether() {
        Signature words =
                new Signature(List.of(new TensorSpec("x", DataType.BYTES, List.of(-1L))), List.of(spec("y", -1)));
        batching = new Batching(words, 32, () -> nanos);
        Request one = new Request(List.of(Tensor.strings("x", new long[] {1}, "a")), List.of());
        Request two = new Request(List.of(Tensor.strings("x", new long[] {1}, "b")), List.of());

        assertThat(run(List.of(one, two))).isEmpty();
    }

    private void grow() {
        for (int size = 2; size <= 32; size *= 2) {
            assertThat(batching.batch(100)).isEqualTo(size);
            assertThat(batching.batch(size * 2 - 1))
                    .as("no more before these are proved")
                    .isEqualTo(size);
            for (int i = 0; i < 3; i++) {
                run(requests(size));
            }
        }
        run(requests(2)); // The first batches of those that are trusted are checked.
        run(requests(2));
        calls.clear();
    }

    private Optional<Batch> run(List<Request> requests) {
        return batching.run(requests, LIMIT, (inputs, outputs, limit) -> {
            float[] x = inputs.get(0).floats();
            calls.add(x.length / 2);
            nanos += perCallNanos + perRowNanos * x.length / 2;
            return List.of(Tensor.floats("y", new long[] {x.length / 2, 2}, net.apply(x)));
        });
    }

    private static List<Request> requests(int count) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(request(1, i));
        }
        return requests;
    }

    private static Request request(int rate, float value) {
        return new Request(List.of(row(value), rate(rate)), List.of());
    }

    private static Request masked(float value, float mask) {
        return new Request(List.of(row(value), Tensor.floats("mask", new long[] {1}, mask)), List.of());
    }

    private static Tensor rows(float one, float two) {
        return Tensor.floats("x", new long[] {2, 2}, one, one, two, two);
    }

    private static Tensor row(float value) {
        return Tensor.floats("x", new long[] {1, 2}, value, value + 1);
    }

    private static Tensor rate(float value) {
        return Tensor.floats("rate", new long[0], value);
    }

    private static TensorSpec spec(String name, long... shape) {
        List<Long> sizes = new ArrayList<>();
        for (long size : shape) {
            sizes.add(size);
        }
        return new TensorSpec(name, DataType.FP32, sizes);
    }

    /** What one row is answered depends on the others, as with one scale for all. */
    private static float[] relativeToTheLargest(float[] x) {
        float most = 0;
        for (float each : x) {
            most = Math.max(most, Math.abs(each));
        }
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / most;
        }
        return y;
    }
}
