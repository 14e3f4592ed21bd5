package dev.remora.reply;

import java.util.Arrays;

/**
 * Ranges of offsets, ascending, apart from one another. Immutable.
 */
final class Runs {
    static final Runs NONE = new Runs(new long[0], new long[0]);

    private final long[] starts;
    private final long[] ends;

    /** Takes over the arrays: inclusive starts and exclusive ends, of the same length. */
    Runs(long[] starts, long[] ends) {
        this.starts = starts;
        this.ends = ends;
    }

    int count() {
        return starts.length;
    }

    long start(int index) {
        return starts[index];
    }

    /** Exclusive. */
    long end(int index) {
        return ends[index];
    }

    /** How many offsets they hold. */
    long total() {
        long total = 0;
        for (int i = 0; i < starts.length; i++) {
            total += ends[i] - starts[i];
        }
        return total;
    }

    boolean contains(long offset) {
        int place = Arrays.binarySearch(starts, offset);
        if (place >= 0) {
            return true;
        }
        int before = -place - 2;
        return before >= 0 && offset < ends[before];
    }
}
