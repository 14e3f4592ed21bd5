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
        producer.put(ProducerConfig.ACKS_CONFIG, "all");
        producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        producer.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
        producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        Object max = producer.getOrDefault(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DEFAULT_MAX_RECORD_BYTES);
        return new ProducerSettings(admin, producer, Integer.parseInt(String.valueOf(max)));
    }
}
