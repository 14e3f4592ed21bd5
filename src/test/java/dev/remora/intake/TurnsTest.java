package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.pool.Demand;
import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static final int TURNS = 2_000;
    private static final long TURN_MICROS = 2_000;

    /** A model with as many records as anybody could want. */
    private record Flood(long costMicros, int priority) {
        double weight() {
            return 1 << (9 - priority);
        }
    }

    @Provide
    Arbitrary<List<Flood>> floods() {
        return Combinators.combine(
                        Arbitraries.longs().between(1, 1_000_000),
                        Arbitraries.integers().between(1, 9))
                .as(Flood::new)
                .list()
                .ofMinSize(2)
                .ofMaxSize(6);
    }

    @Property(tries = 200)
    void modelsThatWaitAllTheTimeGetTimeByTheirWeightToWithinOneRecordEach(@ForAll("floods") List<Flood> floods) {
        Turns turns = new Turns();
        List<ModelQueue> queues = new ArrayList<>();
        for (Flood flood : floods) {
            ModelQueue queue = queue("m" + queues.size() + ".onnx", flood.priority);
            turns.ran(queue.model(), 1, TimeUnit.MICROSECONDS.toNanos(flood.costMicros), true);
            turns.ready(queue);
            queues.add(queue);
        }
        double[] got = new double[floods.size()];

        for (int i = 0; i < TURNS; i++) {
            ModelQueue queue = Objects.requireNonNull(turns.next(Slots.ANY));
            int turn = queues.indexOf(queue);
            got[turn] += floods.get(turn).costMicros / floods.get(turn).weight();
            turns.ready(queue);
            assertWithin(0, floods, got);
        }
    }

    @Test
    void oneRunThatWasHeldUpMakesItsModelNoSlowOne() {
        Turns turns = new Turns();
        ModelName model = new ModelName("a.onnx");
        for (int i = 0; i < 100; i++) {
            turns.ran(model, 1, TimeUnit.MICROSECONDS.toNanos(100), true);
        }

        turns.ran(model, 1, TimeUnit.MILLISECONDS.toNanos(6), true);

        assertThat(turns.costMicros(model)).isLessThan(300);
    }

    @Test
    void aModelThatHasBecomeSlowIsTakenForSlowAfterSomeRuns() {
        Turns turns = new Turns();
        ModelName model = new ModelName("a.onnx");
        turns.ran(model, 1, TimeUnit.MICROSECONDS.toNanos(100), true);

        for (int i = 0; i < 100; i++) {
            turns.ran(model, 1, TimeUnit.MILLISECONDS.toNanos(10), true);
        }

        assertThat(turns.costMicros(model)).isGreaterThan(9_000);
    }

    @Test
    void theFirstRunOfAModelWhichTakesLongestIsSoonForgotten() {
        Turns turns = new Turns();
        ModelName model = new ModelName("a.onnx");
        turns.ran(model, 1, TimeUnit.MILLISECONDS.toNanos(100), true);

        for (int i = 0; i < 4; i++) {
            turns.ran(model, 1, TimeUnit.MILLISECONDS.toNanos(1), true);
        }

        assertThat(turns.costMicros(model)).isLessThan(20_000);
    }

    @Test
    void aModelThatHasNotRunIsTakenForATypicalOne() {
        Turns turns = new Turns();
        for (int i = 0; i < 200; i++) {
            turns.ran(new ModelName("a" + i + ".onnx"), 1, TimeUnit.MILLISECONDS.toNanos(1), true);
        }

        assertThat(turns.costMicros(new ModelName("new.onnx"))).isBetween(900L, 1_100L);
    }

    @Test
    void modelsThatHaveNotRunForLongAreForgotten() {
        Turns turns = new Turns();
        ModelName first = new ModelName("first.onnx");
        ModelName inUse = new ModelName("used.onnx");
        turns.ran(first, 1, 1_000, true);
        turns.ran(inUse, 1, 1_000, true);

        for (int i = 0; i < 10_000; i++) {
            turns.ran(new ModelName(i + ".onnx"), 1, 1_000, true);
            turns.costMicros(inUse);
        }

        assertThat(turns.runs(inUse)).isOne();
        assertThat(turns.runs(first)).isZero();
    }

    /** @param turnMicros what each may have taken in a row beside one record */
    private static void assertWithin(long turnMicros, List<Flood> floods, double[] got) {
        for (int i = 0; i < got.length; i++) {
            for (int j = 0; j < i; j++) {
                Flood one = floods.get(i);
                Flood other = floods.get(j);
                double bound =
                        (one.costMicros + turnMicros) / one.weight() + (other.costMicros + turnMicros) / other.weight();
                if (Math.abs(got[i] - got[j]) > bound * 1.000001) {
                    throw new AssertionError(one + " and " + other + ": " + Arrays.toString(got));
                }
            }
        }
    }

    @Property(tries = 200)
    void whoKeepsItsModelForAWhileTakesNoMoreThanThatFromOthers(@ForAll("floods") List<Flood> floods) {
        Turns turns = new Turns();
        List<ModelQueue> queues = new ArrayList<>();
        for (Flood flood : floods) {
            ModelQueue queue = queue("m" + queues.size() + ".onnx", flood.priority);
            turns.ran(queue.model(), 1, TimeUnit.MICROSECONDS.toNanos(flood.costMicros), true);
            turns.ready(queue);
            queues.add(queue);
        }
        double[] got = new double[floods.size()];

        for (int i = 0; i < TURNS / 10; i++) {
            ModelQueue queue = Objects.requireNonNull(turns.next(Slots.ANY));
            int turn = queues.indexOf(queue);
            int inRow = 0;
            do {
                got[turn] += floods.get(turn).costMicros / floods.get(turn).weight();
                turns.ready(queue);
                inRow++;
            } while (turns.keeps(queue, inRow, 0));
            assertThat(inRow == 1 || inRow * floods.get(turn).costMicros <= TURN_MICROS)
                    .isTrue();
            assertWithin(TURN_MICROS, floods, got);
        }
    }

    @Test
    void aRunThatWasDisturbedDoesNotCutTheNextTurnsShort() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ran(queue.model(), 1, TimeUnit.MICROSECONDS.toNanos(100), true);
        turns.ran(queue.model(), 1, TimeUnit.MILLISECONDS.toNanos(20), true);

        turns.ready(queue);

        assertThat(turns.keeps(queue, 10, 0)).isTrue();
    }

    @Test
    void aRequestThatIsRefusedAtOnceDoesNotMakeItsModelPassForFast() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ran(queue.model(), 1, TimeUnit.MILLISECONDS.toNanos(100), true);
        turns.ran(queue.model(), 1, TimeUnit.MICROSECONDS.toNanos(10), false);

        turns.ready(queue);

        assertThat(turns.keeps(queue, 1, 0)).isFalse();
    }

    @Test
    void aTurnEndsAfterAFewMillisecondsWhateverItsRunsWereReckonedToTake() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ran(queue.model(), 1, TimeUnit.MICROSECONDS.toNanos(10), true);

        turns.ready(queue);

        assertThat(turns.keeps(queue, 1, TimeUnit.MILLISECONDS.toNanos(7))).isFalse();
        assertThat(turns.keeps(queue, 1, TimeUnit.MILLISECONDS.toNanos(5))).isTrue();
    }

    @Test
    void aModelIsNotKeptBeforeItIsKnownWhatItsRunsTake() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ready(queue);

        assertThat(turns.keeps(queue, 1, 0)).isFalse();
    }

    @Test
    void aModelOfWhichNothingWaitsIsNotKept() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ran(queue.model(), 1, 1_000, true);
        turns.ready(queue);
        turns.next(Slots.ANY);

        assertThat(turns.keeps(queue, 1, 0)).isFalse();
    }

    @Test
    void whoComesAnewIsNextButOwesNobodyTheTimeBeforeIt() {
        Turns turns = new Turns();
        ModelQueue flood = queue("flood.onnx", 5);
        turns.ready(flood);
        for (int i = 0; i < 100; i++) {
            turns.ready(Objects.requireNonNull(turns.next(Slots.ANY)));
        }
        ModelQueue late = queue("late.onnx", 5);

        turns.ready(late);

        List<ModelQueue> next = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ModelQueue queue = Objects.requireNonNull(turns.next(Slots.ANY));
            next.add(queue);
            turns.ready(queue);
        }
        assertThat(next.subList(0, 2)).contains(late);
        assertThat(next.stream().filter(flood::equals)).hasSize(3);
    }

    @Test
    void whoComesAfterASlowOneWaitsNoLongerForThat() {
        Turns turns = new Turns();
        ModelQueue slow = queue("slow.onnx", 1);
        ModelQueue fast = queue("fast.onnx", 1);
        ModelQueue late = queue("late.onnx", 1);
        turns.ran(slow.model(), 1, TimeUnit.MILLISECONDS.toNanos(10), true);
        turns.ran(fast.model(), 1, TimeUnit.MILLISECONDS.toNanos(1), true);
        turns.ready(slow);
        turns.ready(fast);
        assertThat(turns.next(Slots.ANY)).isSameAs(slow);

        turns.ready(late);

        assertThat(turns.next(Slots.ANY)).isSameAs(fast);
        turns.ready(fast);
        assertThat(turns.next(Slots.ANY)).isSameAs(late);
    }

    @Test
    void comingAndGoingGainsNothing() {
        Turns turns = new Turns();
        ModelQueue fast = queue("fast.onnx", 5);
        ModelQueue slow = queue("slow.onnx", 5);
        turns.ran(fast.model(), 1, TimeUnit.MILLISECONDS.toNanos(1), true);
        turns.ran(slow.model(), 1, TimeUnit.MILLISECONDS.toNanos(10), true);
        turns.ready(fast);
        int slowTurns = 0;

        for (int i = 0; i < 110; i++) {
            turns.gone(slow);
            turns.ready(slow);
            ModelQueue next = Objects.requireNonNull(turns.next(Slots.ANY));
            slowTurns += next == slow ? 1 : 0;
            if (next == fast) {
                turns.ready(fast);
            }
        }

        assertThat(slowTurns).isBetween(9, 12);
    }

    @Test
    void theFirstWhoseRunsAreShortEnoughIsHandedOutAndTheOthersKeepTheirPlaces() {
        Turns turns = new Turns();
        ModelQueue slow = queue("slow.onnx", 5);
        ModelQueue shorter = queue("short.onnx", 5);
        turns.ran(slow.model(), 1, TimeUnit.MILLISECONDS.toNanos(20), true);
        turns.ran(shorter.model(), 1, TimeUnit.MILLISECONDS.toNanos(2), true);
        turns.ready(slow);
        turns.ready(shorter);

        assertThat(turns.next(1_999)).isNull();
        assertThat(turns.next(2_000)).isSameAs(shorter);
        assertThat(turns.next(2_000)).isNull();
        assertThat(turns.next(Slots.ANY)).isSameAs(slow);
    }

    @Test
    void aQueueThatIsGoneIsNotHandedOut() {
        Turns turns = new Turns();
        ModelQueue queue = queue("a.onnx", 5);
        turns.ready(queue);

        turns.gone(queue);

        assertThat(turns.next(Slots.ANY)).isNull();
    }

    private static ModelQueue queue(String model, int priority) {
        ModelQueue queue = new ModelQueue(new Demand(new ModelName(model)));
        queue.add(Waiting.record(model, priority));
        return queue;
    }
}
