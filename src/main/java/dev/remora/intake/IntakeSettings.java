package dev.remora.intake;

import java.time.Duration;

/**
 * How requests come in. Immutable.
 *
 * @param topic the invocation topic
 * @param group the consumer group
 * @param instance names this instance; unique within the group, and kept over restarts
 * @param requestTtl how long a request without a deadline of its own is worth answering
 * @param runTimeout the longest that one run may take
 * @param maxRequestBytes the largest payload that is run
 * @param lookaheadRecords how many records the window holds
 * @param lookaheadBytes how many bytes of payload the window holds
 * @param runThreads how many records run at once
 * @param shutdownTimeout how long closing may wait for what runs
 * @param leaveOnShutdown whether closing gives the partitions away at once; else they stay until the session ends
 */
public record IntakeSettings(
        String topic,
        String group,
        String instance,
        Duration requestTtl,
        Duration runTimeout,
        int maxRequestBytes,
        int lookaheadRecords,
        long lookaheadBytes,
        int runThreads,
        Duration shutdownTimeout,
        boolean leaveOnShutdown) {}
