package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TimingTest {
    @Test
    void writesWhatHappenedInMilliseconds() {
        assertThat(new Timing(12_100_000, 840_000_000, 95_000_000, 3_400_000))
                .hasToString("queue;dur=12.1, fetch;dur=840, load;dur=95, run;dur=3.4");
        assertThat(new Timing(9_999, 0, 0, 123_456)).hasToString("queue;dur=0.009, run;dur=0.123");
        assertThat(Timing.NONE).hasToString("queue;dur=0");
    }

    @Property
    void isReadBackToTheShownPrecision(
            @ForAll @LongRange(min = 0, max = 1L << 60) long queue, @ForAll @LongRange(min = 1) long run) {
        Timing timing = new Timing(queue, Long.MAX_VALUE, Long.MAX_VALUE, run);

        Timing read = Timing.parse(timing.toString());

        assertThat((double) read.queueNanos()).isCloseTo(queue, within(queue));
        assertThat((double) read.runNanos()).isCloseTo(run, within(run));
    }

    @Property
    void readsAnythingWithoutFailing(@ForAll String text) {
        assertThat(Timing.parse(text)).isNotNull();
        assertThat(Timing.parse("queue;dur=" + text)).isNotNull();
    }

    private static Offset<Double> within(long nanos) {
        return Offset.offset(Math.max(1_001.0, nanos * 0.011));
    }
}
