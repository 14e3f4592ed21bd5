package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Sends one after the other, at a steady pace and on a thread of its own, until it is stopped. Thread-safe. */
final class Trickle<T> implements AutoCloseable {
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final IntFunction<T> send;
    private final List<T> sent = new ArrayList<>();
    private @Nullable Throwable trouble;

    private Trickle(IntFunction<T> send) {
        this.send = send;
    }

    /** @param send does not block; is given 0, 1, 2 and so on */
    static <T> Trickle<T> start(Duration every, IntFunction<T> send) {
        Trickle<T> trickle = new Trickle<>(send);
        trickle.thread.scheduleAtFixedRate(trickle::sendOne, 0, every.toNanos(), TimeUnit.NANOSECONDS);
        return trickle;
    }

    /** How many were sent so far. */
    synchronized int count() {
        return sent.size();
    }

    /** Stops; what was sent, in its order. */
    List<T> stop() throws InterruptedException {
        close();
        assertThat(thread.awaitTermination(10, TimeUnit.SECONDS))
                .as("sending ended")
                .isTrue();
        synchronized (this) {
            assertThat(trouble).isNull();
            return List.copyOf(sent);
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }

    private synchronized void sendOne() {
        try {
            if (trouble == null) {
                sent.add(send.apply(sent.size()));
            }
        } catch (RuntimeException e) {
            trouble = e;
        }
    }
}
