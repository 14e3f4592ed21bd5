package dev.remora.runtime;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Gives the pages of closed models back to the system: after each 64 MB, or a second after the last time. glibc keeps them
 * otherwise, and the process stays as large as it ever was. On a thread of its own: trimming takes locks that loads and
 * runs need. Thread-safe.
 */
final class PageTrimmer implements Runnable {
    static final long ENOUGH_BYTES = 64L << 20;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Runnable trim;
    private final LongSupplier nanoClock;
    private long pendingBytes;
    private long lastTrim;
    private boolean stopped;

    PageTrimmer(Runnable trim, LongSupplier nanoClock) {
        this.trim = trim;
        this.nanoClock = nanoClock;
        this.lastTrim = nanoClock.getAsLong() - PAUSE_NANOS;
    }

    /** Tells that a model of this size was closed. */
    synchronized void closed(long bytes) {
        pendingBytes += bytes;
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
            while (awaitWork()) {
                trim.run();
                trimmed();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean awaitWork() throws InterruptedException {
        while (!stopped && pendingBytes == 0) {
            wait();
        }
        long left = PAUSE_NANOS - (nanoClock.getAsLong() - lastTrim);
        while (!stopped && pendingBytes < ENOUGH_BYTES && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = PAUSE_NANOS - (nanoClock.getAsLong() - lastTrim);
        }
        pendingBytes = 0;
        return !stopped;
    }

    private synchronized void trimmed() {
        lastTrim = nanoClock.getAsLong();
    }
}
