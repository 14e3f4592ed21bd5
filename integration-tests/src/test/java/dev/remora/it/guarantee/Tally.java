package dev.remora.it.guarantee;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Counts what was done, by name. Thread-safe. */
final class Tally {
    private final Map<String, Integer> counts = new ConcurrentSkipListMap<>();

    void add(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    int of(String what) {
        return counts.getOrDefault(what, 0);
    }

    Map<String, Integer> all() {
        return Map.copyOf(counts);
    }
}
