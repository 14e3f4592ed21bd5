package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PulseTest {
    @Test
    void oneBeatThatFailsDoesNotEndTheOthers() throws InterruptedException {
        var beats = new CountDownLatch(3);
        Runnable failing = () -> {
            beats.countDown();
            throw new IllegalStateException("on purpose");
        };

        try (var pulse = Pulse.start("pulse", Duration.ofMillis(1), failing, Thread::new)) {
            assertThat(beats.await(60, TimeUnit.SECONDS))
                    .as("beats go on after one that failed")
                    .isTrue();
        }
    }

    @Test
    void noErrorEndsIt() throws InterruptedException {
        var beats = new CountDownLatch(3);
        Runnable failing = () -> {
            beats.countDown();
            throw new OutOfMemoryError("on purpose");
        };

        try (var pulse = Pulse.start("pulse", Duration.ofMillis(1), failing, Thread::new)) {
            assertThat(beats.await(60, TimeUnit.SECONDS))
                    .as("beats go on after one that failed")
                    .isTrue();
        }
    }

    @Test
    void itsThreadEndsWhenItIsClosed() throws InterruptedException {
        var threads = new ArrayList<Thread>();
        var pulse = Pulse.start("pulse", Duration.ofHours(1), () -> {}, task -> {
            threads.add(new Thread(task));
            return threads.get(0);
        });

        pulse.close();
        threads.get(0).join(60_000);

        assertThat(threads.get(0).isAlive()).isFalse();
        assertThat(threads.get(0).getName()).isEqualTo("pulse");
    }
}
