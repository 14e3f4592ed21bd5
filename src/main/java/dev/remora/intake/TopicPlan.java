package dev.remora.intake;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What one topic is to be. Immutable.
 *
 * @param name of the topic
 * @param partitions how many a new one gets
 * @param needed whether nothing can be served without it
 * @param rights what we must be allowed to do there
 * @param wishes what we must be allowed to do there besides, or hot models do not spread
 * @param configs what a new one is configured with, sorted
 */
record TopicPlan(
        String name,
        int partitions,
        boolean needed,
        List<AclOperation> rights,
        List<AclOperation> wishes,
        TreeMap<String, String> configs) {
    private static final Duration KEEP = Duration.ofDays(3);

    /** So long brokers keep the progress of a group that has gone, unless they are told otherwise. */
    private static final Duration PROGRESS_KEPT = Duration.ofDays(7);

    private static final Duration KEEP_DEAD_LETTERS = Duration.ofDays(14);

    /** A reply repeats headers of its request, and a dead letter all of it and more. */
    private static final int HEADERS_BYTES = 64 * 1024;

    /** All topics of an endpoint, the invocation topic first. */
    static List<TopicPlan> of(TopicSettings settings) {
        Duration keep = keep(settings.requestTtl());
        int largest = settings.maxMessageBytes();
        return List.of(
                log(settings.invocations(), settings.partitions(), AclOperation.READ, keep, largest)
                        .wishing(AclOperation.WRITE),
                log(settings.replies(), settings.partitions(), AclOperation.WRITE, keep, largest),
                log(settings.dlq(), 1, AclOperation.WRITE, KEEP_DEAD_LETTERS, largest + HEADERS_BYTES),
                table(settings.routes()),
                table(settings.residency()));
    }

    /** With time to spare, but no longer than the group's progress is kept: {@link TopicFitness} would object. */
    private static Duration keep(Duration requestTtl) {
        Duration twice = requestTtl.multipliedBy(2);
        Duration spare = twice.compareTo(PROGRESS_KEPT) < 0 ? twice : PROGRESS_KEPT;
        Duration most = spare.compareTo(requestTtl) > 0 ? spare : requestTtl;
        return most.compareTo(KEEP) > 0 ? most : KEEP;
    }

    private TopicPlan wishing(AclOperation wish) {
        return new TopicPlan(name, partitions, needed, rights, List.of(wish), configs);
    }

    /** What we must be allowed to do there: to serve at all, or for the rest. */
    List<AclOperation> rights(boolean toServe) {
        return needed == toServe ? rights : toServe ? List.of() : wishes;
    }

    NewTopic newTopic() {
        return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs);
    }

    /** What an operator types who has the right that we lack. */
    String command(String bootstrap) {
        StringBuilder text = new StringBuilder("kafka-topics.sh --bootstrap-server ")
                .append(bootstrap)
                .append(" --create --topic ")
                .append(name)
                .append(" --partitions ")
                .append(partitions);
        for (Map.Entry<String, String> config : configs.entrySet()) {
            text.append(" --config ").append(config.getKey()).append('=').append(config.getValue());
        }
        return text.toString();
    }

    private static TopicPlan log(String name, int partitions, AclOperation right, Duration keep, int largest) {
        return new TopicPlan(
                name,
                partitions,
                true,
                List.of(right),
                List.of(),
                new TreeMap<>(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG, Long.toString(keep.toMillis()),
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largest))));
    }

    private static TopicPlan table(String name) {
        return new TopicPlan(
                name,
                1,
                false,
                List.of(AclOperation.READ, AclOperation.WRITE),
                List.of(),
                new TreeMap<>(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
    }
}
