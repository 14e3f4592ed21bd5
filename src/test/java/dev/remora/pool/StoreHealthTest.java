package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StoreHealthTest {
    private static final Logger LOGGER = Logger.getLogger(StoreHealth.class.getName());

    private final List<Level> said = new ArrayList<>();
    private final StoreHealth health = new StoreHealth();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            said.add(record.getLevel());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        LOGGER.removeHandler(handler);
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

        assertThat(said).containsExactly(Level.WARNING);
    }

    @Test
    void aStoreThatAnswersForAWhileIsWellAgain() {
        health.failed(FakeStore.outage(), seconds(0));
        health.answered(seconds(10));
        health.answered(seconds(40));
        health.answered(seconds(41));
        health.failed(FakeStore.outage(), seconds(50));

        assertThat(said).containsExactly(Level.WARNING, Level.INFO, Level.WARNING);
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
