package dev.remora.intake;

import java.time.Duration;

/**
 * Which topics the endpoint stands on. Immutable.
 *
 * @param endpoint names the endpoint
 * @param group the consumer group
 * @param invocations where requests come from
 * @param replies where replies go by default
 * @param dlq where requests go that no reply can be written for
 * @param routes which partitions serve a hot model
 * @param residency what is warm where
 * @param create whether missing ones are created
 * @param partitions of a topic that is created
 * @param requestTtl how long a request may wait: the log must keep it as long
 * @param maxMessageBytes the largest record that the topics must take
 */
public record TopicSettings(
        String endpoint,
        String group,
        String invocations,
        String replies,
        String dlq,
        String routes,
        String residency,
        boolean create,
        int partitions,
        Duration requestTtl,
        int maxMessageBytes) {}
