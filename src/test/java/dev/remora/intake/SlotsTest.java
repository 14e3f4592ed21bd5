package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private final Turns turns = new Turns();
    private final Slots slots = new Slots(2, turns);

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

        begin("short.onnx", Duration.ofMillis(5));
        assertThat(slots.mostMicros()).isZero();
    }

    @Test
    void besideARunThatEndsSoonNoneMayRun() {
        begin("long.onnx", Duration.ofMillis(20));
        begin("short.onnx", Duration.ofMillis(4));

        assertThat(slots.mostMicros()).isZero();
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

        begin("long.onnx", Duration.ofMillis(20));
        begin("long.onnx", Duration.ofMillis(20));
        turns.ran(record.model(), Duration.ofMillis(5).toNanos(), true);
        assertThat(slots.needOneMore(record)).as("a short one").isTrue();
        assertThat(slots.needOneMore(Waiting.record("long.onnx", 5))).isFalse();
    }

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
        slots.begins(record, sleeping(() -> {}));
        return record;
    }
}
