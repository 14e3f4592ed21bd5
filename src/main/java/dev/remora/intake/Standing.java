package dev.remora.intake;

import dev.remora.protocol.ModelName;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How this instance stands, for those who decide where models are served. Immutable.
 *
 * @param workload what waits
 * @param demand of each model that {@link Intake#spread} named: what share of an instance the records need that come here
 *     at first hand, 1 for all of its run threads; those that another instance has forwarded do not count
 * @param owned the partitions that it reads, and the epoch of their assignment
 */
public record Standing(Workload workload, Map<ModelName, Double> demand, Map<TopicPartition, Long> owned) {
    public Standing {
        demand = Map.copyOf(demand);
        owned = Map.copyOf(owned);
    }
}
