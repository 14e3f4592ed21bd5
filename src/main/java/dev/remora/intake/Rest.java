package dev.remora.intake;

import java.util.concurrent.TimeUnit;

/**
 * How long poll rests between two looks: to read a few records costs as much as to read hundreds. Confined to the poll
 * thread.
 *
 * <p>It rests while there is enough to do and many records come. While few come, little is saved, and one for another model
 * than the many that wait would be found late.
 */
final class Rest {
    static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** How many records wait while it rests. */
    static final int ENOUGH = 250;

    /** How many records a second make it worth while: so many that a few come in one rest. */
    static final int MANY = 500;

    private static final long SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private long sinceNanos;
    private long came;
    private boolean many;
    private long restNanos;

    Rest(long nowNanos) {
        sinceNanos = nowNanos;
    }

    /** So many records were read just now. */
    void read(int records, long nowNanos) {
        came += records;
        long passed = nowNanos - sinceNanos;
        if (passed >= SPAN_NANOS) {
            many = came * TimeUnit.SECONDS.toNanos(1) >= MANY * passed;
            came = 0;
            sinceNanos = nowNanos;
        }
    }

    /**
     * How long to rest now, in nanoseconds.
     *
     * @param waiting how many records wait to be run
     * @param workNanos how long the run threads are busy with them: by half of that time it is back
     */
    long next(int waiting, long workNanos) {
        boolean rests = waiting >= ENOUGH && many;
        restNanos = rests ? Math.min(LONGEST_NANOS, restNanos + STEP_NANOS) : restNanos / 2;
        return rests ? Math.min(restNanos, workNanos / 2) : 0;
    }
}
