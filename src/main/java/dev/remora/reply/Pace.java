package dev.remora.reply;

import java.util.concurrent.TimeUnit;

/**
 * How soon one transaction may follow another. What one costs the brokers, and us, hardly depends on how many replies it
 * holds: while many leave, they wait for one another about as long as a transaction takes. Written by the reply thread, read
 * by any.
 */
final class Pace {
    static final long BEAT_NANOS = TimeUnit.MICROSECONDS.toNanos(2_500);

    /** So many replies a second that a few share a beat. */
    static final int MANY = 1_500;

    private static final long SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private long sinceNanos;
    private long count;
    private volatile boolean many;
    private volatile long leftNanos;

    Pace(long nowNanos) {
        sinceNanos = nowNanos;
        leftNanos = nowNanos;
    }

    /** A reply leaves, with the transaction that begins now. */
    void leaves(long nowNanos) {
        leftNanos = nowNanos;
        count++;
        long passed = nowNanos - sinceNanos;
        if (passed >= SPAN_NANOS) {
            many = count * TimeUnit.SECONDS.toNanos(1) >= MANY * passed;
            count = 0;
            sinceNanos = nowNanos;
        }
    }

    /** How long a reply that is ready now waits for the next beat. Any thread. */
    long patienceNanos(long nowNanos) {
        return many ? Math.max(0, leftNanos + BEAT_NANOS - nowNanos) : 0;
    }
}
