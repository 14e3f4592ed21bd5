package dev.remora.protocol;

import static dev.remora.protocol.MessageHeader.CORRELATION;
import static dev.remora.protocol.MessageHeader.DEADLINE;
import static dev.remora.protocol.MessageHeader.JSON_LENGTH;
import static dev.remora.protocol.MessageHeader.MODEL;
import static dev.remora.protocol.MessageHeader.ORIGIN;
import static dev.remora.protocol.MessageHeader.ORIGIN_TIMESTAMP;
import static dev.remora.protocol.MessageHeader.PRIORITY;
import static dev.remora.protocol.MessageHeader.REPLY_PARTITION;
import static dev.remora.protocol.MessageHeader.REPLY_TOPIC;
import static dev.remora.protocol.MessageHeader.REQUEST_ID;
import static dev.remora.protocol.MessageHeader.TTL;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Reads one record. Whatever is malformed is remembered, the first of it as the fault, and read as if it were absent, so
 * that the reply still finds its way. Confined to the thread that decodes.
 */
final class RequestReader {
    private static final int MAX_ID_BYTES = 1024;
    private static final int DEFAULT_PRIORITY = 5;

    private final ConsumerRecord<byte[], byte[]> record;
    private final RequestHeaders headers;
    private @Nullable RemoraException fault;

    RequestReader(ConsumerRecord<byte[], byte[]> record) {
        this.record = record;
        this.headers = RequestHeaders.read(record.headers());
    }

    /** The first thing that was wrong with what has been read so far, or null. */
    @Nullable
    RemoraException fault() {
        return fault;
    }

    /** Remembers a fault, unless there is an earlier one. */
    void refuse(RemoraException error) {
        if (fault == null) {
            fault = error;
        }
    }

    ReplyContext context(ReplyAddress address) {
        Header id = bounded(REQUEST_ID);
        String requestId = id == null ? null : readId(id);
        Header dialect = requestId == null ? null : id;
        if (requestId == null) {
            String origin = origin();
            requestId = origin == null ? place(record) : origin;
        }
        return new ReplyContext(requestId, address, headers.echoed(bounded(CORRELATION), dialect));
    }

    /** Names a record by where it lies. */
    static String place(ConsumerRecord<?, ?> record) {
        return record.topic() + '-' + record.partition() + '-' + record.offset();
    }

    /** Whether another instance left it to us. */
    boolean forwarded() {
        return origin() != null;
    }

    private @Nullable String origin() {
        Header header = headers.get(ORIGIN);
        String place = header == null ? null : HeaderText.text(header);
        if (header != null && place != null && !HeaderText.isPlace(place)) {
            malformed(header, "<topic>-<partition>-<offset>, and is for instances to write");
            return null;
        }
        return place;
    }

    private long sentMillis() {
        Header header = headers.get(ORIGIN_TIMESTAMP);
        if (header == null || headers.get(ORIGIN) == null) {
            return record.timestamp();
        }
        long millis = HeaderText.number(HeaderText.text(header));
        if (millis < 0) {
            malformed(header, "milliseconds since 1970, and is for instances to write");
        }
        return millis;
    }

    private @Nullable Header bounded(MessageHeader meaning) {
        Header header = headers.get(meaning);
        if (header != null && header.value().length > MAX_ID_BYTES) {
            malformed(header, "at most 1,024 bytes long");
            return null;
        }
        return header;
    }

    private @Nullable String readId(Header header) {
        String id = HeaderText.text(header);
        if (id.isEmpty()) {
            return null;
        }
        for (int i = 0; i < id.length(); i++) {
            if (Character.isISOControl(id.charAt(i)) || id.charAt(i) == '\uFFFD') {
                malformed(header, "UTF-8 text without control characters");
                return null;
            }
        }
        return id;
    }

    ReplyAddress address() {
        Header topicHeader = headers.get(REPLY_TOPIC);
        Header partitionHeader = headers.get(REPLY_PARTITION);
        String topic = topicHeader == null ? null : HeaderText.text(topicHeader);
        if (topicHeader != null && topic != null && !HeaderText.isTopic(topic)) {
            malformed(topicHeader, "a topic's name: 1 to 249 letters, digits, '.', '_' or '-'");
            return ReplyAddress.DEFAULT;
        }
        Integer partition = null;
        if (partitionHeader != null) {
            partition = HeaderText.partition(partitionHeader.value());
            if (partition < 0) {
                malformed(
                        partitionHeader,
                        "a partition: " + REPLY_PARTITION.form().words() + ", 0 or more");
                return ReplyAddress.DEFAULT;
            }
        }
        return topic == null && partition == null ? ReplyAddress.DEFAULT : new ReplyAddress(topic, partition);
    }

    @Nullable
    ModelName model() {
        Header header = headers.get(MODEL);
        byte[] name = header == null ? record.key() : header.value();
        if (name == null) {
            refuse(new RemoraException(
                    ErrorCode.BAD_REQUEST,
                    "The record names no model: it has neither a key nor the header 'remora-model'.",
                    "Use the model's name as the record's key."));
            return null;
        }
        try {
            return new ModelName(new String(name, StandardCharsets.UTF_8));
        } catch (RemoraException e) {
            refuse(e);
            return null;
        }
    }

    /** Epoch milliseconds; those of a far future are cut to the largest number. */
    long deadlineMillis(long nowMillis, long defaultTtlMillis) {
        Header deadline = headers.get(DEADLINE);
        if (deadline != null) {
            return instant(deadline);
        }
        Header ttl = headers.get(TTL);
        long millis = defaultTtlMillis;
        if (ttl != null) {
            millis = HeaderText.number(HeaderText.text(ttl));
            if (millis <= 0) {
                malformed(ttl, "a whole number of milliseconds, 1 or more");
            }
        }
        long sent = sentMillis();
        long start = sent < 0 || sent > nowMillis ? nowMillis : sent;
        return millis > Long.MAX_VALUE - start ? Long.MAX_VALUE : start + millis;
    }

    private long instant(Header header) {
        String text = HeaderText.text(header);
        long millis = HeaderText.number(text);
        if (millis >= 0) {
            return millis;
        }
        try {
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            malformed(header, "milliseconds since 1970, or a time such as 2026-01-31T23:59:59Z");
            return 0;
        }
    }

    int priority() {
        Header header = headers.get(PRIORITY);
        if (header == null) {
            return DEFAULT_PRIORITY;
        }
        long priority = HeaderText.number(HeaderText.text(header));
        if (priority < 1 || priority > 9) {
            malformed(header, "a whole number from 1 (highest) to 9");
            return DEFAULT_PRIORITY;
        }
        return (int) priority;
    }

    /** The body, or null when there is none that could be served. */
    Invocation.@Nullable Body body(int maxBytes) {
        byte[] value = record.value();
        if (value == null) {
            refuse(new RemoraException(ErrorCode.BAD_REQUEST, "The record has no value.", "Send the input as value."));
            return null;
        }
        if (value.length > maxBytes) {
            refuse(new RemoraException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "The value has " + value.length + " bytes; remora.request.max-bytes allows " + maxBytes + "."));
            return null;
        }
        return new Invocation.Body(
                optionalText(MessageHeader.CONTENT_TYPE), optionalText(MessageHeader.ACCEPT), jsonLength(value), value);
    }

    private int jsonLength(byte[] value) {
        Header header = headers.get(JSON_LENGTH);
        if (header == null) {
            return -1;
        }
        long length = HeaderText.number(HeaderText.text(header));
        if (length < 0 || length > value.length) {
            malformed(header, "the JSON's length in bytes, at most the value's, which is " + value.length);
            return -1;
        }
        return (int) length;
    }

    private @Nullable String optionalText(MessageHeader meaning) {
        Header header = headers.get(meaning);
        return header == null || header.value().length == 0 ? null : HeaderText.text(header);
    }

    private void malformed(Header header, String expected) {
        refuse(new RemoraException(
                ErrorCode.BAD_REQUEST,
                "The header '" + header.key() + "' is '" + HeaderText.shown(header) + "'; it must be " + expected + '.',
                "Mend the header or leave it out."));
    }
}
