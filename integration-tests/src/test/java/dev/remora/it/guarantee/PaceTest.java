package dev.remora.it.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final Duration OVER = Duration.ofSeconds(100);
    private final AtomicLong clock = new AtomicLong();
    private Duration outstanding = Duration.ZERO;

    @Test
    void spreadsEvenly() {
        Pace pace = pace();

        assertThat(after(pace, 50)).isBetween(495, 505);
        assertThat(after(pace, 50)).isEqualTo(1000);
    }

    @Test
    void keepsSomeForWhatTakesLonger() {
        Pace pace = pace();
        outstanding = OVER;

        int sent = after(pace, 200);

        assertThat(sent).isBetween(500, 950);
        assertThat(after(pace, 10)).isGreaterThan(sent);
    }

    @Test
    void hurriesOnlySoMuchWhenAllIsOver() {
        Pace pace = pace();
        outstanding = OVER.multipliedBy(10);
        int slow = after(pace, 100);
        outstanding = Duration.ZERO;

        assertThat(after(pace, 10) - slow).isBetween(150, 200);
        assertThat(after(pace, 100)).isEqualTo(1000);
    }

    private Pace pace() {
        Pace pace = new Pace(OVER, () -> outstanding, clock::get);
        pace.begin(1000);
        return pace;
    }

    private int after(Pace pace, int seconds) {
        int due = 0;
        for (int i = 0; i < seconds * 10; i++) {
            clock.addAndGet(Duration.ofMillis(100).toNanos());
            due = pace.due();
        }
        return due;
    }
}
