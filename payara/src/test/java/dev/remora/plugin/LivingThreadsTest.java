package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LivingThreadsTest {
    private final LivingThreads threads = new LivingThreads(task -> {
        var thread = new Thread(task);
        thread.setUncaughtExceptionHandler((dying, failure) -> {});
        return thread;
    });

    @Test
    void aThreadThatLivesIsNotMissing() throws InterruptedException {
        var end = new CountDownLatch(1);
        var thread = started("remora-load", () -> await(end));

        assertThat(threads.missing()).isEmpty();

        end.countDown();
        thread.join();
    }

    @Test
    void oneThatReturnsIsMissingAndSoIsOneThatFails() throws InterruptedException {
        started("remora-run-1", () -> {}).join();
        started("remora-load", () -> {
                    throw new StackOverflowError("on purpose");
                })
                .join();

        assertThat(threads.missing()).containsExactly("remora-load", "remora-run-1");
    }

    @Test
    void onesThatWereReleasedMayEnd() throws InterruptedException {
        var end = new CountDownLatch(1);
        var released = started("remora-load", () -> await(end));

        threads.release();
        end.countDown();
        released.join();

        assertThat(threads.missing()).isEmpty();
    }

    @Test
    void thoseOfTheNextEndpointAreWatchedAgain() throws InterruptedException {
        started("remora-old", () -> {}).join();
        threads.release();

        started("remora-new", () -> {}).join();

        assertThat(threads.missing()).containsExactly("remora-new");
    }

    private Thread started(String name, Runnable task) {
        var thread = Objects.requireNonNull(threads.newThread(task));
        thread.setName(name);
        thread.start();
        return thread;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
