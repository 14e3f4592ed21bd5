package dev.remora.plugin;

import static dev.remora.plugin.config.ConfigKeys.DELIVERY;
import static dev.remora.plugin.config.ConfigKeys.DISK_MAX;
import static dev.remora.plugin.config.ConfigKeys.DISK_PATH;
import static dev.remora.plugin.config.ConfigKeys.ENDPOINT;
import static dev.remora.plugin.config.ConfigKeys.FETCH_THREADS;
import static dev.remora.plugin.config.ConfigKeys.HANDOVER_ENABLED;
import static dev.remora.plugin.config.ConfigKeys.LOOKAHEAD_BYTES;
import static dev.remora.plugin.config.ConfigKeys.LOOKAHEAD_RECORDS;
import static dev.remora.plugin.config.ConfigKeys.MEMORY_MAX;
import static dev.remora.plugin.config.ConfigKeys.MODELS_LOCATION;
import static dev.remora.plugin.config.ConfigKeys.MODELS_MAX_AGE;
import static dev.remora.plugin.config.ConfigKeys.POOL_CACHE;
import static dev.remora.plugin.config.ConfigKeys.POOL_IDLE_TIMEOUT;
import static dev.remora.plugin.config.ConfigKeys.POOL_OPTIMIZE;
import static dev.remora.plugin.config.ConfigKeys.POOL_PIN;
import static dev.remora.plugin.config.ConfigKeys.POOL_PRELOAD;
import static dev.remora.plugin.config.ConfigKeys.REPLY_ALLOWED;
import static dev.remora.plugin.config.ConfigKeys.REQUEST_MAX_BYTES;
import static dev.remora.plugin.config.ConfigKeys.REQUEST_TTL;
import static dev.remora.plugin.config.ConfigKeys.RUN_THREADS;
import static dev.remora.plugin.config.ConfigKeys.RUN_TIMEOUT;
import static dev.remora.plugin.config.ConfigKeys.S3_CREDENTIALS;
import static dev.remora.plugin.config.ConfigKeys.S3_ENDPOINT;
import static dev.remora.plugin.config.ConfigKeys.S3_PATH_STYLE;
import static dev.remora.plugin.config.ConfigKeys.S3_REGION;
import static dev.remora.plugin.config.ConfigKeys.SHUTDOWN;
import static dev.remora.plugin.config.ConfigKeys.SHUTDOWN_TIMEOUT;
import static dev.remora.plugin.config.ConfigKeys.SPREAD_ENABLED;
import static dev.remora.plugin.config.ConfigKeys.SPREAD_MAX;
import static dev.remora.plugin.config.ConfigKeys.SPREAD_WAIT;
import static dev.remora.plugin.config.ConfigKeys.STORE_PATIENCE;
import static dev.remora.plugin.config.ConfigKeys.TOPICS_CREATE;
import static dev.remora.plugin.config.ConfigKeys.TOPICS_PARTITIONS;
import static dev.remora.plugin.config.ConfigKeys.TOPIC_DLQ;
import static dev.remora.plugin.config.ConfigKeys.TOPIC_INVOCATIONS;
import static dev.remora.plugin.config.ConfigKeys.TOPIC_REPLIES;
import static dev.remora.plugin.config.ConfigKeys.TOPIC_RESIDENCY;
import static dev.remora.plugin.config.ConfigKeys.TOPIC_ROUTES;

import dev.remora.intake.IntakeSettings;
import dev.remora.intake.TopicSettings;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.plugin.config.ShutdownMode;
import dev.remora.pool.PoolSettings;
import dev.remora.protocol.MessageCodec;
import dev.remora.reply.ReplySettings;
import dev.remora.spread.SpreadLimits;
import dev.remora.spread.SpreadSettings;
import dev.remora.store.S3StoreSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Says to each package what the configuration says about it. Immutable. */
final class ServingSettings {

    /** Of a record beside its payload: key and headers. */
    private static final int BESIDE_PAYLOAD_BYTES = 64 << 10;

    /** Intake waits for the replies of what ran; what is left then cannot leave. */
    private static final Duration LAST_REPLIES = Duration.ofSeconds(5);

    private final EndpointConfig config;

    ServingSettings(EndpointConfig config) {
        this.config = config;
    }

    S3StoreSettings store() {
        var location = config.get(MODELS_LOCATION);
        return new S3StoreSettings(
                location.bucket(),
                location.prefix(),
                config.find(S3_ENDPOINT).orElse(null),
                config.find(S3_REGION).orElse(null),
                config.get(S3_PATH_STYLE),
                config.get(S3_CREDENTIALS));
    }

    PoolSettings pool() {
        return new PoolSettings(
                config.get(DISK_PATH),
                config.get(DISK_MAX),
                config.get(MEMORY_MAX),
                config.get(MODELS_MAX_AGE),
                config.get(STORE_PATIENCE),
                config.get(POOL_PIN),
                config.get(POOL_PRELOAD),
                config.find(POOL_IDLE_TIMEOUT).orElse(Duration.ZERO),
                config.get(POOL_CACHE),
                config.get(POOL_OPTIMIZE),
                config.get(FETCH_THREADS));
    }

    IntakeSettings intake(String instance) {
        return new IntakeSettings(
                config.get(TOPIC_INVOCATIONS),
                config.get(ENDPOINT),
                instance,
                config.get(REQUEST_TTL),
                config.get(RUN_TIMEOUT),
                config.get(REQUEST_MAX_BYTES).intValue(),
                config.get(LOOKAHEAD_RECORDS),
                config.get(LOOKAHEAD_BYTES),
                config.get(RUN_THREADS),
                config.get(SHUTDOWN_TIMEOUT),
                config.get(SHUTDOWN) == ShutdownMode.LEAVE);
    }

    ReplySettings reply(String instance) {
        return new ReplySettings(
                config.get(ENDPOINT),
                config.get(ENDPOINT),
                instance,
                config.get(TOPIC_INVOCATIONS),
                config.get(TOPIC_REPLIES),
                config.get(TOPIC_DLQ),
                this::mayTakeReplies,
                config.get(DELIVERY),
                config.get(LOOKAHEAD_BYTES),
                LAST_REPLIES);
    }

    /** The endpoint's other topics never, whatever the list says. */
    private boolean mayTakeReplies(String topic) {
        return !topic.equals(config.get(TOPIC_ROUTES))
                && !topic.equals(config.get(TOPIC_RESIDENCY))
                && config.get(REPLY_ALLOWED).matcher(topic).matches();
    }

    TopicSettings topics() {
        return new TopicSettings(
                config.get(ENDPOINT),
                config.get(ENDPOINT),
                config.get(TOPIC_INVOCATIONS),
                config.get(TOPIC_REPLIES),
                config.get(TOPIC_DLQ),
                config.get(TOPIC_ROUTES),
                config.get(TOPIC_RESIDENCY),
                config.get(TOPICS_CREATE),
                config.get(TOPICS_PARTITIONS),
                config.get(REQUEST_TTL),
                maxRecordBytes());
    }

    SpreadSettings spread(String instance) {
        return new SpreadSettings(
                config.get(ENDPOINT),
                config.get(ENDPOINT),
                instance,
                config.get(TOPIC_INVOCATIONS),
                config.get(TOPIC_ROUTES),
                config.get(TOPIC_RESIDENCY),
                config.get(HANDOVER_ENABLED),
                new SpreadLimits(config.get(SPREAD_ENABLED), config.get(SPREAD_WAIT), config.get(SPREAD_MAX)));
    }

    /** Replies may be as large as requests, unless the operator says otherwise. */
    Map<String, Object> producer() {
        var properties = new HashMap<>(config.kafka().producer());
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecordBytes());
        return properties;
    }

    private int maxRecordBytes() {
        return config.get(REQUEST_MAX_BYTES).intValue() + BESIDE_PAYLOAD_BYTES;
    }

    MessageCodec codec(ReplySettings reply) {
        return new MessageCodec(
                reply.repliesTopic(),
                reply::permits,
                config.get(REQUEST_TTL).toMillis(),
                config.get(REQUEST_MAX_BYTES).intValue());
    }
}
