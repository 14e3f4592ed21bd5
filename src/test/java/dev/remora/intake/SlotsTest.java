package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private final Turns turns = new Turns();
    private final Slots slots = new Slots(2, turns);
    private int signals;

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
        assertThat(slots.count()).as("each thread has its run").isEqualTo(Slots.threads(2));

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
    void aPartitionIsIdleOnceWhatRanOfItHasEnded() {
        WaitingRecord record = begin("a.onnx", Duration.ofMillis(20));
        assertThat(slots.anyOf(Set.of(Bench.P0))).isTrue();
        assertThat(slots.anyOf(Set.of(Bench.P1))).isFalse();

        slots.ends(record);

        assertThat(slots.anyOf(Set.of(Bench.P0))).isFalse();
    }

    @Test
    void oneMoreThreadLooksOnceLongRunsHoldAllSlots() {
        begin("long.onnx", Duration.ofMillis(20));
        assertThat(signals).as("a slot is free").isZero();
        WaitingRecord longer = begin("longer.onnx", Duration.ofMillis(100));
        assertThat(signals).isOne();

        WaitingRecord beside = begin("short.onnx", Duration.ofMillis(5));
        assertThat(signals).as("each thread has its run").isOne();

        slots.ends(longer);
        slots.ends(beside);
        begin("shorter.onnx", Duration.ofMillis(4));
        assertThat(signals).as("a slot will be free soon").isOne();
    }

    @Test
    void aThreadIsWokenWhereASlotWouldStayEmptyAndForAShortRunBesideLongOnes() throws InterruptedException {
        WaitingRecord record = Waiting.record("a.onnx", 5);
        assertThat(slots.needOneMore(record))
                .as("nobody sleeps: each looks before it does")
                .isFalse();

        slots.await(sleeping(() -> {
            assertThat(slots.needOneMore(record)).as("two are about to look").isFalse();
            slots.await(sleeping(() -> assertThat(slots.needOneMore(record)).isTrue()));
        }));
        assertThat(slots.needOneMore(record)).as("nobody sleeps any more").isFalse();

        begin("long.onnx", Duration.ofMillis(20));
        begin("long.onnx", Duration.ofMillis(20));
        turns.ran(record.model(), Duration.ofMillis(5).toNanos(), true);
        assertThat(slots.needOneMore(record)).as("a short one").isTrue();
        assertThat(slots.needOneMore(Waiting.record("long.onnx", 5))).isFalse();
    }

    /** What else happens when a thread sleeps, or is woken. */
    private interface Meanwhile {
        void see() throws InterruptedException;
    }

    /** One on which a thread sleeps as long as it takes to see something. */
    private static Condition sleeping(Meanwhile meanwhile) {
        return (Condition) Proxy.newProxyInstance(
                Condition.class.getClassLoader(), new Class<?>[] {Condition.class}, (proxy, method, arguments) -> {
                    meanwhile.see();
                    return null;
                });
    }

    private WaitingRecord begin(String model, Duration run) {
        WaitingRecord record = Waiting.record(model, 5);
        turns.ran(record.model(), run.toNanos(), true);
        slots.begins(record, sleeping(() -> signals++));
        return record;
    }
}
