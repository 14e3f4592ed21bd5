package dev.remora.it.guarantee;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Spreads a number of sends over a time, and over longer when what is to happen meanwhile takes longer: there is always
 * some load. Confined to one thread.
 */
final class Pace {
    /** At most so many times as fast as planned, when all is over sooner than was thought. */
    private static final double HURRY = 2;

    private final Duration over;
    private final Supplier<Duration> outstanding;
    private final LongSupplier nanos;
    private int total;
    private double due;
    private long end;
    private long last;

    /**
     * A pace that has not begun.
     *
     * @param over the time planned
     * @param outstanding how long what is to happen meanwhile will probably take from now
     * @param nanos a clock
     */
    Pace(Duration over, Supplier<Duration> outstanding, LongSupplier nanos) {
        this.over = over;
        this.outstanding = outstanding;
        this.nanos = nanos;
    }

    /** From now on so many are to be sent. */
    void begin(int sends) {
        total = sends;
        last = nanos.getAsLong();
        end = last + over.toNanos();
    }

    /** How many are to be sent until now, from the beginning. */
    int due() {
        long now = nanos.getAsLong();
        double left = Math.max(1, Math.max(end - now, outstanding.get().toNanos()));
        double planned = (double) total / over.toNanos();
        double rate = Math.min(HURRY * planned, (total - due) / left);
        due = Math.min(total, due + rate * (now - last));
        last = now;
        // A sum of fractions may stay a hair below the whole.
        return (int) (due + 1e-6);
    }
}
