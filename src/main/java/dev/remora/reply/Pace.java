package dev.remora.reply;

import java.util.concurrent.TimeUnit;

/**
 * How soon one transaction may follow another: what one costs the brokers, and us, hardly depends on how many replies it
 * holds. While many replies leave, they wait for one another as long as a transaction takes. Written by the reply thread,
 * read by any.
 */
final class Pace {
    static final long BEAT_NANOS = TimeUnit.MICROSECONDS.toNanos(2_500);

    /** So many replies a second that a few share a beat. */
    static final int MANY = 1_500;

    private static final long SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private long sinceNanos;
    private long left;
    private volatile boolean many;
    private volatile long begunNanos;

    Pace(long nowNanos) {
        sinceNanos = nowNanos;
        begunNanos = nowNanos;
    }

    /** So many messages are acted upon from now on. */
    void begins(int replies, long nowNanos) {
        begunNanos = nowNanos;
        left += replies;
        long passed = nowNanos - sinceNanos;
        if (passed >= SPAN_NANOS) {
            many = left * TimeUnit.SECONDS.toNanos(1) >= MANY * passed;
            left = 0;
            sinceNanos = nowNanos;
        }
    }

    /** How long a reply that is ready now waits for the next beat. */
    long patienceNanos(long nowNanos) {
        return many ? Math.max(0, begunNanos + BEAT_NANOS - nowNanos) : 0;
    }
}
