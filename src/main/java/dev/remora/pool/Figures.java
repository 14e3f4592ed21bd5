package dev.remora.pool;

import java.util.EnumMap;
import java.util.Map;

/** What happened so far. Guarded by the pool's lock. */
final class Figures {
    long fetches;
    long fetchFailures;
    long fetchNanos;
    long fetchedBytes;
    long loads;
    long loadFailures;
    long loadNanos;
    long reloads;
    long waitNanos;
    long unloadNanos;
    long acquisitions;
    private final Map<EvictionReason, Long> fromMemory = none();
    private final Map<EvictionReason, Long> fromDisk = none();

    private static Map<EvictionReason, Long> none() {
        Map<EvictionReason, Long> counts = new EnumMap<>(EvictionReason.class);
        for (EvictionReason reason : EvictionReason.values()) {
            counts.put(reason, 0L);
        }
        return counts;
    }

    void evictedFromMemory(EvictionReason reason) {
        fromMemory.merge(reason, 1L, Long::sum);
    }

    void evictedFromDisk(EvictionReason reason) {
        fromDisk.merge(reason, 1L, Long::sum);
    }

    PoolSnapshot.Counts counts() {
        return new PoolSnapshot.Counts(
                fetches,
                fetchFailures,
                fetchNanos,
                fetchedBytes,
                loads,
                loadFailures,
                loadNanos,
                reloads,
                waitNanos,
                unloadNanos,
                fromMemory,
                fromDisk,
                acquisitions);
    }
}
