package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreHealthTest {
    private final StoreHealth health = new StoreHealth();
    private final LogSpy log = new LogSpy(StoreHealth.class);

    @AfterEach
    void stopListening() {
        log.close();
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void aStoreThatFailsNowAndThenIsSaidOnce() {
        for (int second = 0; second < 300; second += 2) {
            health.failed(FakeStore.outage(), seconds(second));
            assertThat(health.failing()).isTrue();
            health.answered(seconds(second + 1));
            assertThat(health.failing()).isFalse();
        }

        assertThat(log.said()).singleElement().asString().startsWith("WARNING");
    }

    @Test
    void aStoreThatAnswersForAWhileIsWellAgain() {
        health.failed(FakeStore.outage(), seconds(0));
        health.answered(seconds(10));
        health.answered(seconds(40));
        health.answered(seconds(41));
        health.failed(FakeStore.outage(), seconds(50));

        assertThat(log.said())
                .extracting(line -> line.substring(0, line.indexOf(' ')))
                .containsExactly("WARNING", "INFO", "WARNING");
    }

    @Test
    void oneAtATimeAsksAStoreThatFails() {
        health.failed(FakeStore.outage(), seconds(0));

        assertThat(health.mayProbe(seconds(4))).isFalse();
        assertThat(health.mayProbe(seconds(5))).isTrue();
        assertThat(health.mayProbe(seconds(6))).isFalse();
        assertThat(health.mayProbe(seconds(10))).isTrue();
    }
}
