package dev.remora.pool;

import dev.remora.pool.PoolSnapshot.Evicted;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** What happened so far. Guarded by the pool's lock. */
final class PoolCounters {
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
    long handedOver;
    long handedOverUsed;
    long optimized;
    private final LongSupplier clock;
    private final Map<EvictionReason, Evicted> fromMemory = none();
    private final Map<EvictionReason, Evicted> fromDisk = none();

    /** @param clock of the pool */
    PoolCounters(LongSupplier clock) {
        this.clock = clock;
    }

    private static Map<EvictionReason, Evicted> none() {
        Map<EvictionReason, Evicted> counts = new EnumMap<>(EvictionReason.class);
        for (EvictionReason reason : EvictionReason.values()) {
            counts.put(reason, Evicted.NONE);
        }
        return counts;
    }

    void evictedFromMemory(EvictionReason reason, ModelSlot slot, long since) {
        count(fromMemory, reason, slot, since);
    }

    void evictedFromDisk(EvictionReason reason, ModelSlot slot, long since) {
        count(fromDisk, reason, slot, since);
    }

    private void count(Map<EvictionReason, Evicted> tier, EvictionReason reason, ModelSlot slot, long since) {
        long now = clock.getAsLong();
        tier.computeIfPresent(reason, (key, so) -> so.and(now - since, now - Math.max(since, slot.lastUse)));
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
