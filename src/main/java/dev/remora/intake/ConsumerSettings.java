package dev.remora.intake;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Properties of the consumer: the user's, over defaults that suit intake, under what delivery stands on. */
final class ConsumerSettings {
    private static final int SESSION_MILLIS = 10_000;
    private static final int HEARTBEAT_MILLIS = 2_000;
    private static final int MAX_POLL_RECORDS = 500;

    /**
     * Of one answer of the brokers. It lies in an array of its own, and G1 keeps what has half a region (512 KiB where the heap
     * has 2 GiB or less) apart from all else and begins to mark the heap for it.
     */
    private static final int FETCH_BYTES = 480 << 10;

    private ConsumerSettings() {}

    static Map<String, Object> of(IntakeSettings settings, Map<String, Object> overrides) {
        Map<String, Object> all = new HashMap<>();
        all.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.group() + "-" + settings.instance());
        all.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.instance());
        all.put(
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                Math.max(1, Math.min(MAX_POLL_RECORDS, settings.lookaheadRecords() / 4)));
        all.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        all.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        // The system sizes what answers arrive in: beside a broker on the same machine, 64 KiB lose parts of them.
        all.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, CommonClientConfigs.RECEIVE_BUFFER_LOWER_BOUND);
        all.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 15_000);
        if (classic(overrides)) {
            all.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
            all.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MILLIS);
            all.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        }
        // So soon partitions that are added are read; by Kafka's default it would be five minutes.
        all.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 30_000);
        all.putAll(overrides);
        all.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group());
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        all.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return all;
    }

    /** The same for a consumer without a group, which reads again what was deferred. */
    static Map<String, Object> again(IntakeSettings settings, Map<String, Object> overrides) {
        Map<String, Object> all = of(settings, overrides);
        all.keySet()
                .removeAll(Set.of(
                        ConsumerConfig.GROUP_ID_CONFIG,
                        ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG,
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG));
        all.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.group() + "-" + settings.instance() + "-deferred");
        all.put(
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                Math.max(1, Math.min(MAX_POLL_RECORDS, settings.lookaheadRecords() / 16)));
        return all;
    }

    private static boolean classic(Map<String, Object> overrides) {
        Object protocol = overrides.getOrDefault(ConsumerConfig.GROUP_PROTOCOL_CONFIG, GroupProtocol.CLASSIC.name());
        return GroupProtocol.CLASSIC.name().equalsIgnoreCase(String.valueOf(protocol));
    }
}
