package dev.remora.pool;

import java.util.Map;

/**
 * The pool's figures at one moment. Counts only grow. Immutable.
 *
 * @param memoryReservedBytes reserved by models in memory, loading or being released
 * @param memoryBudgetBytes the most that may be reserved
 * @param diskBytes taken by artifacts, those on their way included
 * @param diskBudgetBytes the most that they may take
 * @param loadedModels in memory now
 * @param diskModels on disk now
 * @param memoryPeakBytes the most that was ever reserved at a time
 * @param counts what happened so far
 * @param handedOver models loaded because they were warm where their partitions came from, before anybody asked
 * @param handedOverUsed those of them that were used here since
 * @param optimized models of which an optimized form was written to the disk
 */
public record PoolSnapshot(
        long memoryReservedBytes,
        long memoryBudgetBytes,
        long diskBytes,
        long diskBudgetBytes,
        int loadedModels,
        int diskModels,
        long memoryPeakBytes,
        Counts counts,
        long handedOver,
        long handedOverUsed,
        long optimized) {
    /**
     * What happened so far.
     *
     * @param fetches completed downloads
     * @param fetchFailures downloads that failed
     * @param fetchNanos time spent on downloads
     * @param fetchedBytes bytes downloaded
     * @param loads completed loads
     * @param loadFailures loads that failed
     * @param loadNanos time spent on loads
     * @param reloads loads of a model that had been in memory before: many are the sign of thrashing
     * @param waitNanos time models waited for memory before they could load
     * @param unloadNanos time spent on closing models
     * @param memoryEvictions models that left memory, by reason, for every reason
     * @param diskEvictions models that left the disk, by reason, for every reason
     * @param acquisitions leases granted
     */
    public record Counts(
            long fetches,
            long fetchFailures,
            long fetchNanos,
            long fetchedBytes,
            long loads,
            long loadFailures,
            long loadNanos,
            long reloads,
            long waitNanos,
            long unloadNanos,
            Map<EvictionReason, Evicted> memoryEvictions,
            Map<EvictionReason, Evicted> diskEvictions,
            long acquisitions) {
        public Counts {
            memoryEvictions = Map.copyOf(memoryEvictions);
            diskEvictions = Map.copyOf(diskEvictions);
        }
    }

    /**
     * Models that left a tier for one reason.
     *
     * @param count how many
     * @param ageNanos for how long they had been in the tier, all together; on disk no longer than this pool is open
     * @param unusedNanos how long before that they had last been used, all together; what was never used counts from when
     *     it came
     */
    public record Evicted(long count, long ageNanos, long unusedNanos) {
        /** None. */
        public static final Evicted NONE = new Evicted(0, 0, 0);

        Evicted and(long age, long unused) {
            return new Evicted(count + 1, ageNanos + age, unusedNanos + unused);
        }
    }
}
