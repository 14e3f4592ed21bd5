package dev.remora.plugin;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the same thing again and again, on a thread of its own, until it is closed. Thread-safe. */
final class Pulse implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pulse.class);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Duration pause;
    private final Runnable task;

    private Pulse(Duration pause, Runnable task) {
        this.pause = pause;
        this.task = task;
    }

    static Pulse start(String name, Duration pause, Runnable task, ThreadFactory threads) {
        var pulse = new Pulse(pause, task);
        var thread = threads.newThread(pulse::run);
        thread.setName(name);
        thread.start();
        return pulse;
    }

    private void run() {
        try {
            do {
                beat();
            } while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beat() {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // One beat that fails must not end all later ones, whatever it lacked.
            log.error("A periodic task failed; it is tried again in {} s", pause.toSeconds(), e);
        }
    }

    /** Lets the beat under way end by itself. */
    @Override
    public void close() {
        closed.countDown();
    }
}
