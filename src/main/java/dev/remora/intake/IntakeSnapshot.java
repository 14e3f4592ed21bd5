package dev.remora.intake;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.util.Map;
import java.util.Optional;

/**
 * The way in's figures at one moment. Counts only grow. Immutable.
 *
 * @param backlogRecords records that wait in the window
 * @param backlogBytes bytes of their payloads
 * @param oldestAgeMillis how long ago the oldest of them was appended to the log; 0 when none waits
 * @param parkedRecords those of them whose model is being fetched or loaded
 * @param running records that run now
 * @param deferredRecords records that were over their model's share of the window, and are read again when it has room
 * @param workload the seconds of work that wait
 * @param starved how often a partition with deferred records could not be read on, because its progress had no room for
 *     another gap
 * @param byTier requests answered so far, by where their model was when they were read
 * @param byStatus replies made so far, by status code
 * @param byModel replies made so far for the busiest models, a bounded number of them
 * @param otherModels replies made so far for all other models
 * @param mispartitioned records whose key does not belong to the partition that they came from
 * @param assignedPartitions partitions that this instance reads
 * @param lastTurnNanos when the poll thread last turned, on the clock it was started with
 * @param longestRunNanos how long the run thread that is longest at its record has been at it; 0 when none runs
 * @param latencies by phase ({@code queue}, {@code fetch}, {@code load}, {@code run}, {@code total})
 * @param trouble what keeps records from coming in and what mends it; empty while they come
 */
public record IntakeSnapshot(
        int backlogRecords,
        long backlogBytes,
        long oldestAgeMillis,
        int parkedRecords,
        int running,
        long deferredRecords,
        Workload workload,
        long starved,
        Map<Tier, Long> byTier,
        Map<Integer, Long> byStatus,
        Map<ModelName, Long> byModel,
        long otherModels,
        long mispartitioned,
        int assignedPartitions,
        long lastTurnNanos,
        long longestRunNanos,
        Map<String, Buckets> latencies,
        Optional<String> trouble) {
    public IntakeSnapshot {
        byTier = Map.copyOf(byTier);
        byStatus = Map.copyOf(byStatus);
        byModel = Map.copyOf(byModel);
        latencies = Map.copyOf(latencies);
    }
}
