package dev.remora.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts how long something took. Thread-safe. */
final class Histogram {
    private static final double[] BOUNDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
    };
    private static final double NANOS = 1e9;

    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder sumNanos = new LongAdder();

    Histogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(long tookNanos) {
        int place = 0;
        while (place < BOUNDS.length && tookNanos > BOUNDS[place] * NANOS) {
            place++;
        }
        counts[place].increment();
        sumNanos.add(tookNanos);
    }

    Buckets snapshot() {
        List<Double> bounds = new ArrayList<>();
        List<Long> cumulative = new ArrayList<>();
        long below = 0;
        for (int i = 0; i < counts.length; i++) {
            below += counts[i].sum();
            cumulative.add(below);
            if (i < BOUNDS.length) {
                bounds.add(BOUNDS[i]);
            }
        }
        return new Buckets(bounds, cumulative, sumNanos.sum());
    }
}
