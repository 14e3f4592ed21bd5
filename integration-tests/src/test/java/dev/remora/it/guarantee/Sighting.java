package dev.remora.it.guarantee;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A reply as a reader of committed records sees it. Immutable.
 *
 * @param requestId that it names, empty when it names none
 * @param place in the topic of replies; its time is when its instance sent it
 * @param instance that sent it
 * @param status of it
 * @param tier that the model came from
 * @param fault what is wrong with it, empty when nothing is
 */
record Sighting(String requestId, Place place, String instance, int status, String tier, Optional<String> fault) {

    /** Looks at a reply with what its request expects. */
    static Sighting of(ConsumerRecord<byte[], byte[]> reply, Load load) {
        String id = text(reply, "remora-request-id");
        String status = text(reply, "remora-status-code");
        int code = status.matches("\\d{3}") ? Integer.parseInt(status) : 0;
        return new Sighting(
                id,
                Place.of(reply),
                text(reply, "remora-instance").intern(),
                code,
                text(reply, "remora-tier").intern(),
                fault(reply, id, code, load));
    }

    private static Optional<String> fault(ConsumerRecord<byte[], byte[]> reply, String id, int status, Load load) {
        int number = Request.number(id);
        if (number < 0) {
            return Optional.of("answers a request that was never sent");
        }
        Request request = load.request(number);
        String model = text(reply, "remora-model");
        if (!model.equals(request.model())) {
            return Optional.of("names the model " + model + ", not " + request.model());
        }
        String correlation = text(reply, Load.CORRELATION);
        if (!correlation.equals(request.headers().getOrDefault(Load.CORRELATION, ""))) {
            return Optional.of("has the correlation '" + correlation + "'");
        }
        String body = reply.value() == null ? "" : new String(reply.value(), StandardCharsets.UTF_8);
        return request.question().expected().fault(status, text(reply, "remora-error-code"), body);
    }

    private static String text(ConsumerRecord<byte[], byte[]> reply, String name) {
        Header header = reply.headers().lastHeader(name);
        return header == null || header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "reply " + place + " by " + instance + ", status " + status + ", tier " + tier
                + fault.map(f -> ": " + f).orElse("");
    }
}
