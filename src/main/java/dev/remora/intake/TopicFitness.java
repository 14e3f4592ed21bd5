package dev.remora.intake;

import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/** Whether topics that somebody else made are fit for what they are for. */
final class TopicFitness {
    private static final String ALTER = "kafka-configs.sh --bootstrap-server %s --alter --topic %s --add-config %s";

    /** A record of 64 KB, its key and what Kafka writes around it. */
    private static final int TABLE_RECORD_BYTES = 72 * 1024;

    private TopicFitness() {}

    /**
     * What is wrong with the topic, and what mends it; empty when nothing is.
     *
     * @param offsetsKept how long the brokers keep the progress of a group that has gone, or null where we may not know
     */
    static Optional<String> problem(
            TopicSettings settings, String bootstrap, Config topic, @Nullable Duration offsetsKept) {
        String name = settings.invocations();
        if (value(topic, TopicConfig.CLEANUP_POLICY_CONFIG).contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            return Optional.of("The topic '" + name + "' is compacted: requests for the same model would overwrite one"
                    + " another. Change it: " + ALTER.formatted(bootstrap, name, "cleanup.policy=delete"));
        }
        Duration ttl = settings.requestTtl();
        if (offsetsKept != null && ttl.compareTo(offsetsKept) > 0) {
            return Optional.of(
                    "remora.request.ttl (" + ttl + ") is longer than the brokers keep the progress of a group"
                            + " (offsets.retention.minutes, " + offsetsKept + "): no retention of the topic '" + name
                            + "' suits both. Set remora.request.ttl to " + offsetsKept
                            + " or less, or offsets.retention.minutes"
                            + " of the brokers to " + ttl.plusSeconds(59).toMinutes() + " or more.");
        }
        String text = value(topic, TopicConfig.RETENTION_MS_CONFIG);
        long keptMillis = text.isEmpty() ? -1 : Long.parseLong(text);
        if (keptMillis >= 0 && keptMillis < ttl.toMillis()) {
            return Optional.of("The topic '" + name + "' keeps records for " + Duration.ofMillis(keptMillis)
                    + ", less than remora.request.ttl (" + ttl
                    + "): requests would vanish unanswered."
                    + " Change it: " + ALTER.formatted(bootstrap, name, retention(ttl)));
        }
        if (offsetsKept != null && (keptMillis < 0 || keptMillis > offsetsKept.toMillis())) {
            return Optional.of(
                    "The topic '" + name + "' keeps records longer than the brokers keep the progress of a group"
                            + " (offsets.retention.minutes, " + offsetsKept
                            + "): after a longer stop old requests would be answered"
                            + " again. Change it: " + ALTER.formatted(bootstrap, name, retention(offsetsKept)));
        }
        return Optional.empty();
    }

    /** What is wrong with a topic that is to keep the latest value of each key, and what mends it; empty when nothing is. */
    static Optional<String> tableProblem(String name, String bootstrap, Config topic) {
        String cleanup = value(topic, TopicConfig.CLEANUP_POLICY_CONFIG);
        if (!cleanup.isEmpty() && !cleanup.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            return Optional.of("The topic '" + name + "' has cleanup.policy=" + cleanup
                    + ": what instances tell one another there would be forgotten while it holds, or grow without end."
                    + " Change it: " + ALTER.formatted(bootstrap, name, "cleanup.policy=compact"));
        }
        String max = value(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        if (!max.isEmpty() && Integer.parseInt(max) < TABLE_RECORD_BYTES) {
            return Optional.of("The topic '" + name + "' takes records of " + max
                    + " bytes at most, and those that are written there may have more. Change it: "
                    + ALTER.formatted(
                            bootstrap, name, TopicConfig.MAX_MESSAGE_BYTES_CONFIG + "=" + TABLE_RECORD_BYTES));
        }
        return Optional.empty();
    }

    private static String retention(Duration kept) {
        return TopicConfig.RETENTION_MS_CONFIG + "=" + kept.toMillis();
    }

    private static String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null || entry.value() == null ? "" : entry.value();
    }
}
