package dev.remora.runtime;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Gives the pages of closed models back to the system: glibc keeps them otherwise, and the process stays as large as it ever
 * was. On a thread of its own: trimming takes locks that loads and runs need. Thread-safe.
 *
 * <p>A model that comes soon takes them over, and loads sooner than on new pages, each of which the system must clear. So
 * they go when none was closed for a few seconds, or when more are kept than models that come and go leave.
 */
final class PageTrimmer implements Runnable {
    static final long ENOUGH_BYTES = 64L << 20;
    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_MILLIS = 500;

    private final Runnable trim;
    private final LongSupplier kept;
    private final LongSupplier nanoClock;
    private long lastTrim;
    /** What was kept all the same after the last trim. */
    private long left;

    private volatile long lastClosed;
    private volatile boolean pending;
    private volatile boolean stopped;

    /** @param kept bytes that were freed and that the allocator has kept */
    PageTrimmer(Runnable trim, LongSupplier kept, LongSupplier nanoClock) {
        this.trim = trim;
        this.kept = kept;
        this.nanoClock = nanoClock;
        this.lastTrim = nanoClock.getAsLong() - PAUSE_NANOS;
    }

    /** Tells that a model was closed. */
    synchronized void closed() {
        lastClosed = nanoClock.getAsLong();
        pending = true;
        notifyAll();
    }

    /** Ends the thread. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    @Override
    public void run() {
        try {
            while (awaitClosed()) {
                if (due(nanoClock.getAsLong())) {
                    pending = false;
                    trim.run();
                    lastTrim = nanoClock.getAsLong();
                    left = kept.getAsLong();
                } else {
                    awaitMore();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean due(long now) {
        return now - lastClosed >= QUIET_NANOS
                || now - lastTrim >= PAUSE_NANOS && kept.getAsLong() - left >= ENOUGH_BYTES;
    }

    private synchronized boolean awaitClosed() throws InterruptedException {
        while (!stopped && !pending) {
            wait();
        }
        return !stopped;
    }

    private synchronized void awaitMore() throws InterruptedException {
        if (!stopped) {
            wait(LOOK_MILLIS);
        }
    }
}
