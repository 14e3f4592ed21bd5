package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private long nanos = 1;
    private final Pace pace = new Pace(nanos);

    @Test
    void whereManyRepliesLeaveTheyWaitForTheNextBeat() {
        leave(Pace.MANY, 0);

        nanos += Pace.BEAT_NANOS / 3;

        assertThat(pace.patienceNanos(nanos)).isEqualTo(Pace.BEAT_NANOS - Pace.BEAT_NANOS / 3);
    }

    @Test
    void onceTheBeatIsOverNoneWaits() {
        leave(Pace.MANY, 0);

        nanos += Pace.BEAT_NANOS;
        assertThat(pace.patienceNanos(nanos)).isZero();

        nanos += Duration.ofHours(1).toNanos();
        assertThat(pace.patienceNanos(nanos)).isZero();
    }

    @Test
    void whereFewRepliesLeaveNoneWaits() {
        leave(Pace.MANY, 0);
        leave(Pace.MANY / 2, 0);

        assertThat(pace.patienceNanos(nanos)).isZero();
    }

    @Test
    void aFewThatLeaveTogetherAreNotMany() {
        for (int i = 0; i < 5; i++) {
            nanos += 200_000;
            pace.leaves(nanos, 0);
        }

        assertThat(pace.patienceNanos(nanos)).isZero();
    }

    @Test
    void whereRequestsWaitLongForTheirTurnBeatsAreLonger() {
        leave(Pace.MANY, Pace.BEAT_PART * 4_000_000L);

        assertThat(pace.patienceNanos(nanos)).isEqualTo(4_000_000L);
    }

    @Test
    void noBeatIsLongerThanTheLongest() {
        leave(Pace.MANY, Duration.ofSeconds(10).toNanos());

        assertThat(pace.patienceNanos(nanos)).isEqualTo(Pace.LONGEST_BEAT_NANOS);
    }

    /** A second at this pace. */
    private void leave(int perSecond, long queueNanos) {
        for (int i = 0; i < perSecond; i++) {
            nanos += Duration.ofSeconds(1).toNanos() / perSecond;
            pace.leaves(nanos, queueNanos);
        }
    }
}
