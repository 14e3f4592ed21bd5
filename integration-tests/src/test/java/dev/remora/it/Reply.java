package dev.remora.it;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A reply record as it came. Immutable as long as nobody writes to the body.
 *
 * @param headers as text; of several with one name the last
 * @param body the value
 * @param partition it came on
 * @param timestamp of the record, epoch milliseconds
 */
@SuppressWarnings("ArrayRecordComponent") // the record's own value
public record Reply(Map<String, String> headers, byte[] body, int partition, long timestamp) {
    public Reply {
        headers = Map.copyOf(headers);
    }

    static Reply of(ConsumerRecord<byte[], byte[]> received) {
        Map<String, String> headers = new HashMap<>();
        received.headers()
                .forEach(h -> headers.put(
                        h.key(), new String(h.value() == null ? new byte[0] : h.value(), StandardCharsets.UTF_8)));
        byte[] body = received.value() == null ? new byte[0] : received.value();
        return new Reply(headers, body, received.partition(), received.timestamp());
    }

    /** A header, empty when it is absent. */
    public String header(String name) {
        return headers.getOrDefault(name, "");
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    public int status() {
        return Integer.parseInt(header("remora-status-code"));
    }

    public String tier() {
        return header("remora-tier");
    }

    public String version() {
        return header("remora-model-version");
    }

    @Override
    public String toString() {
        return headers + " " + text();
    }
}
