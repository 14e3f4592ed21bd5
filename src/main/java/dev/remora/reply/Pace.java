package dev.remora.reply;

import java.util.concurrent.TimeUnit;

/**
 * How soon one transaction may follow another. What one costs the brokers, and us, hardly depends on how many replies it
 * holds: while many leave, they wait for one another about as long as a transaction takes. Written by the reply thread, read
 * by any.
 */
final class Pace {
    static final long BEAT_NANOS = TimeUnit.MICROSECONDS.toNanos(2_500);

    /** The longest beat: a reply whose request did not wait for its turn waits so long at most. */
    static final long LONGEST_BEAT_NANOS = TimeUnit.MICROSECONDS.toNanos(7_500);

    /** Where requests wait long for their turn, a beat takes one part in so many of that: hardly longer for them. */
    static final int BEAT_PART = 8;

    /** So many replies a second that a few share a beat. */
    static final int MANY = 1_500;

    private static final long SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private long sinceNanos;
    private long count;
    private long waitedNanos;
    private volatile long beatNanos;
    private volatile long leftNanos;

    Pace(long nowNanos) {
        sinceNanos = nowNanos;
        leftNanos = nowNanos;
    }

    /**
     * A reply leaves, with the transaction that begins now.
     *
     * @param queueNanos how long its request waited for its turn
     */
    void leaves(long nowNanos, long queueNanos) {
        leftNanos = nowNanos;
        count++;
        waitedNanos += Math.min(queueNanos, BEAT_PART * LONGEST_BEAT_NANOS); // One slow model makes no beat longer.
        long passed = nowNanos - sinceNanos;
        if (passed >= SPAN_NANOS) {
            boolean many = count * TimeUnit.SECONDS.toNanos(1) >= MANY * passed;
            beatNanos = many ? beat(waitedNanos / count) : 0;
            count = 0;
            waitedNanos = 0;
            sinceNanos = nowNanos;
        }
    }

    private static long beat(long meanNanos) {
        return Math.max(BEAT_NANOS, Math.min(LONGEST_BEAT_NANOS, meanNanos / BEAT_PART));
    }

    /** How long a reply that is ready now waits for the next beat. Any thread. */
    long patienceNanos(long nowNanos) {
        long beat = beatNanos;
        return beat > 0 ? Math.max(0, leftNanos + beat - nowNanos) : 0;
    }
}
