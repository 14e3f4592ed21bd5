package dev.remora.client;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorBody;
import dev.remora.protocol.MessageHeader;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Writes request records and reads reply records, for one client. Thread-safe. */
final class ClientMessages {
    private static final String OK = "ok";

    private final String topic;
    private final byte[] replyPartition;

    /** Requests go to the topic; their replies are to come on this partition of the endpoint's reply topic. */
    ClientMessages(String topic, int replyPartition) {
        this.topic = topic;
        this.replyPartition = utf8(Integer.toString(replyPartition));
    }

    /**
     * The model's name is the key, so that the producer's partitioner keeps a model's requests together.
     *
     * @param partition where it goes; null leaves that to the partitioner
     */
    ProducerRecord<byte[], byte[]> encode(
            ModelName model,
            InferenceRequest request,
            String correlation,
            long ttlMillis,
            @Nullable Integer partition) {
        EncodedBody body = request.body();
        Headers headers = new RecordHeaders(request.headers());
        add(headers, MessageHeader.REQUEST_ID, request.requestId().orElse(correlation));
        headers.add("remora-correlation-id", utf8(correlation));
        headers.add("remora-reply-partition", replyPartition);
        add(headers, MessageHeader.CONTENT_TYPE, body.contentType());
        add(headers, MessageHeader.TTL, Long.toString(ttlMillis));
        if (body.headerLength() >= 0) {
            add(headers, MessageHeader.JSON_LENGTH, Integer.toString(body.headerLength()));
        }
        request.accept().ifPresent(accept -> add(headers, MessageHeader.ACCEPT, accept));
        request.priority().ifPresent(value -> add(headers, MessageHeader.PRIORITY, Integer.toString(value)));
        return new ProducerRecord<>(topic, partition, utf8(model.value()), body.bytes(), headers);
    }

    /** Where requests go. */
    String topic() {
        return topic;
    }

    /** The correlation id, or null when the record is not one that we asked for. */
    static @Nullable String correlation(ConsumerRecord<byte[], byte[]> record, byte[] prefix) {
        Header header = record.headers().lastHeader("remora-correlation-id");
        byte[] value = header == null ? null : header.value();
        if (value == null || value.length <= prefix.length) {
            return null;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (value[i] != prefix[i]) {
                return null;
            }
        }
        return new String(value, StandardCharsets.UTF_8);
    }

    static InferenceReply decode(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            if (header.value() != null) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        RemoraException error = OK.equals(text(headers, MessageHeader.STATUS))
                ? null
                : ErrorBody.read(record.value(), text(headers, MessageHeader.ERROR_CODE));
        String timing = text(headers, MessageHeader.TIMING);
        return new InferenceReply(
                orEmpty(text(headers, MessageHeader.REQUEST_ID)),
                number(
                        text(headers, MessageHeader.STATUS_CODE),
                        error == null ? 200 : error.code().status()),
                error,
                text(headers, MessageHeader.MODEL),
                text(headers, MessageHeader.MODEL_VERSION),
                tier(text(headers, MessageHeader.TIER)),
                timing == null ? Timing.NONE : Timing.parse(timing),
                orEmpty(text(headers, MessageHeader.INSTANCE)),
                number(text(headers, MessageHeader.BATCH), 0),
                orEmpty(text(headers, MessageHeader.CONTENT_TYPE)),
                number(text(headers, MessageHeader.JSON_LENGTH), -1),
                record.value() == null ? new byte[0] : record.value(),
                headers);
    }

    private static @Nullable String text(Map<String, String> headers, MessageHeader header) {
        return headers.get(header.headerName());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable Tier tier(@Nullable String text) {
        for (Tier tier : Tier.values()) {
            if (tier.toString().equals(text)) {
                return tier;
            }
        }
        return null;
    }

    private static int number(@Nullable String text, int otherwise) {
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static void add(Headers headers, MessageHeader header, String value) {
        headers.add(header.headerName(), utf8(value));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
