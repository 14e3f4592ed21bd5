package dev.remora.spread;

/**
 * Whose instance this is, and where it tells the others what. Immutable.
 *
 * @param endpoint names the endpoint
 * @param group the consumer group
 * @param instance names this instance; unique within the group, and kept over restarts
 * @param invocations the invocation topic
 * @param routes the topic that says which partitions serve a hot model
 * @param residency the topic that says what is warm where
 * @param handOver whether what was warm on a partition is made so where it comes
 * @param limits how far hot models spread
 */
public record SpreadSettings(
        String endpoint,
        String group,
        String instance,
        String invocations,
        String routes,
        String residency,
        boolean handOver,
        SpreadLimits limits) {}
