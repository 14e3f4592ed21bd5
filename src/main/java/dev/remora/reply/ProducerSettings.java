package dev.remora.reply;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Properties of the reply thread's clients: the user's, over defaults that suit replies, under what delivery stands on.
 * Immutable.
 *
 * @param admin of the client that asks
 * @param producer of the client that writes
 * @param maxRecordBytes the largest record that the producer takes
 */
record ProducerSettings(Map<String, Object> admin, Map<String, Object> producer, int maxRecordBytes) {
    /** How long a transaction of an instance that died keeps its heir waiting when nobody ends it. */
    private static final int TRANSACTION_MILLIS = 10_000;

    /** A transaction begun right after another one is told to try again, within a millisecond or two. */
    private static final int TRANSACTION_BACKOFF_MILLIS = 2;

    private static final int TRANSACTION_REQUEST_MILLIS = 5_000;
    private static final int TRANSACTION_DELIVERY_MILLIS = 8_000;

    /** The reply thread sends itself, and is taken for dead where one turn takes some minutes. */
    private static final long MOST_BLOCK_MILLIS = 60_000;

    private static final int DEFAULT_MAX_RECORD_BYTES = 1_048_576;

    ProducerSettings {
        admin = Map.copyOf(admin);
        producer = Map.copyOf(producer);
    }

    static ProducerSettings of(ReplySettings settings, Map<String, Object> connection, Map<String, Object> overrides) {
        String client = settings.endpoint() + "-" + settings.instance();
        Map<String, Object> admin = new HashMap<>(connection);
        admin.putIfAbsent(ProducerConfig.CLIENT_ID_CONFIG, client + "-replies-admin");

        Map<String, Object> producer = new HashMap<>();
        producer.put(ProducerConfig.CLIENT_ID_CONFIG, client + "-replies");
        producer.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        producer.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        producer.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 15_000);
        producer.putAll(connection);
        producer.putAll(overrides);
        producer.computeIfPresent(
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                (key, value) -> Math.min(MOST_BLOCK_MILLIS, Long.parseLong(String.valueOf(value))));
        producer.put(ProducerConfig.ACKS_CONFIG, "all");
        producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        producer.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
        producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        if (settings.delivery() == Delivery.EXACTLY_ONCE) {
            // A reply that has not arrived by then never will in its transaction: it is sent in another one.
            producer.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TRANSACTION_REQUEST_MILLIS);
            producer.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TRANSACTION_DELIVERY_MILLIS);
            producer.put(ProducerConfig.LINGER_MS_CONFIG, 0);
            producer.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MILLIS);
            producer.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, TRANSACTION_BACKOFF_MILLIS);
        }
        Object max = producer.getOrDefault(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DEFAULT_MAX_RECORD_BYTES);
        return new ProducerSettings(admin, producer, Integer.parseInt(String.valueOf(max)));
    }

    /** Of one of the producers whose transactions take turns. */
    Map<String, Object> transactional(String transactionalId) {
        Map<String, Object> all = new HashMap<>(producer);
        all.put(
                ProducerConfig.CLIENT_ID_CONFIG,
                producer.get(ProducerConfig.CLIENT_ID_CONFIG)
                        + transactionalId.substring(transactionalId.lastIndexOf('-')));
        all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        return all;
    }
}
