package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private final Turns turns = new Turns();
    private int woken;
    private Meanwhile asleep = () -> {};
    private final Condition work = (Condition) Proxy.newProxyInstance(
            Condition.class.getClassLoader(), new Class<?>[] {Condition.class}, (proxy, method, arguments) -> {
                happens(method.getName());
                return null;
            });
    private final Slots slots = new Slots(2, turns, work);

    @Test
    void anythingMayRunWhileASlotIsFree() {
        begin("long.onnx", Duration.ofMillis(20));

        assertThat(slots.mostMicros()).isEqualTo(Slots.ANY);
    }

    @Test
    void besideLongRunsOneMayRunThatIsMuchShorterThanTheShortestOfThem() {
        begin("long.onnx", Duration.ofMillis(20));
        begin("longer.onnx", Duration.ofMillis(100));
        assertThat(slots.mostMicros()).isEqualTo(5_000);

        WaitingRecord beside = begin("short.onnx", Duration.ofMillis(5));
        assertThat(slots.mostMicros()).isZero();
        assertThat(slots.running()).as("each thread has its run").hasSize(Slots.threads(2));

        slots.ends(beside);
        assertThat(slots.mostMicros()).isEqualTo(5_000);
    }

    @Test
    void besideARunThatEndsSoonNoneMayRun() {
        begin("long.onnx", Duration.ofMillis(20));
        begin("short.onnx", Duration.ofMillis(4));

        assertThat(slots.mostMicros()).isZero();
    }

    @Test
    void aThreadIsWokenWhereASlotWouldStayEmpty() throws InterruptedException {
        WaitingRecord record = Waiting.record("a.onnx", 5);
        slots.came(record);
        assertThat(woken).as("nobody sleeps: each looks before it does").isZero();

        whileSleep(1, () -> slots.came(record));
        assertThat(woken).as("two are about to look").isZero();

        whileSleep(2, () -> slots.came(record));
        assertThat(woken).isEqualTo(1);
    }

    @Test
    void threadsAreWokenOneAfterAnother() throws InterruptedException {
        WaitingRecord record = Waiting.record("a.onnx", 5);

        whileSleep(3, () -> {
            slots.came(record);
            slots.came(record);
            assertThat(woken).as("the first has not looked yet").isEqualTo(1);
        });
        whileSleep(2, () -> {
            List<Work> all = works("a.onnx");
            slots.begins(all, false);
            assertThat(woken).as("nothing is left").isEqualTo(1);
            slots.ends(all.get(0).record());
            slots.begins(works("a.onnx"), true);
            assertThat(woken).as("there is more").isEqualTo(2);
        });
    }

    @Test
    void aThreadIsWokenForAShortRunBesideLongOnes() throws InterruptedException {
        begin("long.onnx", Duration.ofMillis(20));
        begin("long.onnx", Duration.ofMillis(20));
        ran("short.onnx", Duration.ofMillis(5));

        whileSleep(1, () -> {
            slots.came(Waiting.record("long.onnx", 5));
            assertThat(woken).isZero();
            slots.came(Waiting.record("short.onnx", 5));
            assertThat(woken).isEqualTo(1);
        });
    }

    @Test
    void oneMoreThreadLooksOnceLongRunsHoldAllSlots() throws InterruptedException {
        whileSleep(1, () -> {
            begin("long.onnx", Duration.ofMillis(20));
            assertThat(woken).as("a slot is free").isZero();
            begin("longer.onnx", Duration.ofMillis(100));
            assertThat(woken).isEqualTo(1);
        });
        whileSleep(1, () -> {
            begin("short.onnx", Duration.ofMillis(5));
            assertThat(woken).as("each thread has its run").isEqualTo(1);
        });
    }

    @Test
    void noneLooksWhileASlotWillBeFreeSoon() throws InterruptedException {
        whileSleep(1, () -> {
            begin("long.onnx", Duration.ofMillis(20));
            begin("short.onnx", Duration.ofMillis(4));
            assertThat(woken).isZero();
        });
    }

    @Test
    void aPartitionIsIdleOnceWhatRanOfItHasEnded() {
        WaitingRecord record = begin("a.onnx", Duration.ofMillis(20));
        assertThat(slots.anyOf(Set.of(Bench.P0))).isTrue();
        assertThat(slots.anyOf(Set.of(Bench.P1))).isFalse();

        slots.ends(record);

        assertThat(slots.anyOf(Set.of(Bench.P0))).isFalse();
    }

    @Test
    void aSlotIsFreeOnceAllThatWasTakenAtOnceHasEnded() {
        begin("long.onnx", Duration.ofMillis(20));
        List<Work> two = List.of(work("short.onnx"), work("short.onnx"));
        slots.begins(two, false);

        assertThat(slots.running()).hasSize(2).contains(two.get(0).record());
        assertThat(slots.notBegun()).containsExactly(two.get(1).record());

        slots.ends(two.get(0).record());
        assertThat(slots.mostMicros()).isNotEqualTo(Slots.ANY);
        assertThat(slots.running()).hasSize(2).contains(two.get(1).record());
        assertThat(slots.notBegun()).isEmpty();
        slots.ends(two.get(1).record());

        assertThat(slots.mostMicros()).isEqualTo(Slots.ANY);
    }

    /** Looks while so many threads sleep. */
    private void whileSleep(int threads, Runnable look) throws InterruptedException {
        if (threads == 0) {
            look.run();
            return;
        }
        asleep = () -> whileSleep(threads - 1, look);
        slots.await();
    }

    private interface Meanwhile {
        void look() throws InterruptedException;
    }

    private void happens(String method) throws InterruptedException {
        if (method.equals("signal")) {
            woken++;
        } else {
            asleep.look();
        }
    }

    private void ran(String model, Duration run) {
        turns.ran(Waiting.record(model, 5).model(), 1, run.toNanos(), true);
    }

    private WaitingRecord begin(String model, Duration run) {
        ran(model, run);
        List<Work> works = works(model);
        slots.begins(works, false);
        return works.get(0).record();
    }

    private static List<Work> works(String model) {
        return List.of(work(model));
    }

    private static Work work(String model) {
        return new Work(Waiting.record(model, 5), null, 1, 0);
    }
}
