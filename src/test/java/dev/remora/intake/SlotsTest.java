package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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

    private WaitingRecord begin(String model, Duration run) {
        WaitingRecord record = Waiting.record(model, 5);
        turns.ran(record.model(), run.toNanos(), true);
        slots.begins(record);
        return record;
    }
}
