package dev.remora.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Reads request records and writes reply records: everything but the bodies. Thread-safe. */
public final class MessageCodec {
    private static final Header STATUS_OK = header(MessageHeader.STATUS, "ok");
    private static final Header STATUS_ERROR = header(MessageHeader.STATUS, "error");
    private static final Header CODE_OK = header(MessageHeader.STATUS_CODE, "200");
    private static final Header BATCH_OF_ONE = header(MessageHeader.BATCH, "1");

    private final String replyTopic;
    private final Predicate<String> replyAllowed;
    private final long ttlMillis;
    private final int maxRequestBytes;

    /**
     * A codec for one endpoint.
     *
     * @param replyTopic where replies go that name no topic; always allowed
     * @param replyAllowed whether a request may name this reply topic; called by every thread that decodes
     * @param ttlMillis how long a request is worth answering when it does not say, from its timestamp
     * @param maxRequestBytes the longest value that is served
     */
    public MessageCodec(String replyTopic, Predicate<String> replyAllowed, long ttlMillis, int maxRequestBytes) {
        this.replyTopic = replyTopic;
        this.replyAllowed = replyAllowed;
        this.ttlMillis = ttlMillis;
        this.maxRequestBytes = maxRequestBytes;
    }

    /**
     * Reads key and headers. Never throws: what is wrong comes back as a {@link RejectedRequest} that knows as much of
     * the way back as could be read. The body is not looked into.
     *
     * @param nowMillis the time, in epoch milliseconds
     */
    public DecodedRequest decode(ConsumerRecord<byte[], byte[]> record, long nowMillis) {
        RequestReader reader = new RequestReader(record);
        ReplyContext reply = reader.context(allowed(reader));
        Invocation.Body body = reader.body(maxRequestBytes);
        ModelName model = reader.model();
        long deadlineMillis = reader.deadlineMillis(nowMillis, ttlMillis);
        int priority = reader.priority();
        boolean forwarded = reader.forwarded();
        RemoraException fault = reader.fault();
        if (fault != null || model == null || body == null) {
            return new RejectedRequest(reply, model, Objects.requireNonNull(fault)); // what is absent is a fault
        }
        return new Invocation(model, reply, deadlineMillis, priority, forwarded, body);
    }

    private ReplyAddress allowed(RequestReader reader) {
        ReplyAddress asked = reader.address();
        String topic = asked.topic();
        if (topic == null || topic.equals(replyTopic) || replyAllowed.test(topic)) {
            return asked;
        }
        reader.refuse(new RemoraException(
                ErrorCode.FORBIDDEN, "The reply topic '" + topic + "' is not allowed for this endpoint."));
        return ReplyAddress.DEFAULT;
    }

    /**
     * The same request for another partition of its topic: key, value and headers as they were, and beside them where it
     * came from, when it was sent and when it expires.
     *
     * @param invocation what was read of it
     */
    public static ProducerRecord<byte[], byte[]> encodeForward(
            ConsumerRecord<byte[], byte[]> record, Invocation invocation, int partition) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        headers.add(header(MessageHeader.ORIGIN, RequestReader.place(record)));
        Long timestamp = record.timestamp() < 0 ? null : record.timestamp();
        if (timestamp != null) {
            headers.add(header(MessageHeader.ORIGIN_TIMESTAMP, Long.toString(timestamp)));
        }
        // The last of several with one name counts.
        headers.add(header(MessageHeader.DEADLINE, Long.toString(expiry(invocation))));
        return new ProducerRecord<>(record.topic(), partition, timestamp, record.key(), record.value(), headers);
    }

    /**
     * A record as its sender sent it: where and when it lay first, without the headers that {@link #encodeForward} adds, if
     * another instance left it to us; else the record itself.
     */
    public static ConsumerRecord<byte[], byte[]> original(ConsumerRecord<byte[], byte[]> record) {
        List<Header> headers = new ArrayList<>(List.of(record.headers().toArray()));
        String deadline = dropLast(headers, MessageHeader.DEADLINE);
        String timestamp = dropLast(headers, MessageHeader.ORIGIN_TIMESTAMP);
        String origin = dropLast(headers, MessageHeader.ORIGIN);
        if (deadline == null || origin == null || !HeaderText.isPlace(origin)) {
            return record;
        }
        int offset = origin.lastIndexOf('-');
        int partition = origin.lastIndexOf('-', offset - 1);
        return new ConsumerRecord<>(
                origin.substring(0, partition),
                (int) HeaderText.number(origin.substring(partition + 1, offset)),
                HeaderText.number(origin.substring(offset + 1)),
                timestamp == null ? ConsumerRecord.NO_TIMESTAMP : HeaderText.number(timestamp),
                record.timestampType(),
                record.serializedKeySize(),
                record.serializedValueSize(),
                record.key(),
                record.value(),
                new RecordHeaders(headers),
                Optional.empty());
    }

    /** The value of a header that is the last of all; null, and nothing is dropped, where it is another one. */
    private static @Nullable String dropLast(List<Header> headers, MessageHeader meaning) {
        int last = headers.size() - 1;
        boolean is = last >= 0
                && headers.get(last).key().equals(meaning.headerName())
                && headers.get(last).value() != null;
        return is ? HeaderText.text(headers.remove(last)) : null;
    }

    /** As many digits as a header may have. */
    private static long expiry(Invocation invocation) {
        return Math.max(0, Math.min(invocation.deadlineMillis(), HeaderText.MAX_NUMBER));
    }

    /** A reply with a result, in the dialect of its request. */
    public ProducerRecord<byte[], byte[]> encodeReply(ReplyContext context, ReplyHead head, EncodedBody body) {
        RecordHeaders headers = headers(context, head, body.contentType());
        headers.add(STATUS_OK).add(CODE_OK);
        if (body.headerLength() >= 0) {
            headers.add(header(MessageHeader.JSON_LENGTH, Integer.toString(body.headerLength())));
        }
        return record(context, headers, body.bytes());
    }

    /** A reply with an error, in the dialect of its request; its value is JSON. */
    public ProducerRecord<byte[], byte[]> encodeReply(ReplyContext context, ReplyHead head, RemoraException error) {
        RecordHeaders headers = headers(context, head, ErrorBody.CONTENT_TYPE);
        headers.add(STATUS_ERROR)
                .add(header(
                        MessageHeader.STATUS_CODE, Integer.toString(error.code().status())))
                .add(header(MessageHeader.ERROR_CODE, error.code().name()));
        return record(context, headers, ErrorBody.write(error));
    }

    private ProducerRecord<byte[], byte[]> record(ReplyContext context, RecordHeaders headers, byte[] value) {
        ReplyAddress address = context.address();
        String topic = address.topic();
        return new ProducerRecord<>(
                topic == null ? replyTopic : topic,
                address.partition(),
                context.requestId().getBytes(StandardCharsets.UTF_8),
                value,
                headers);
    }

    private static RecordHeaders headers(ReplyContext context, ReplyHead head, String contentType) {
        RecordHeaders headers = new RecordHeaders(context.echoed());
        headers.add(header(MessageHeader.REQUEST_ID, context.requestId()));
        headers.add(header(MessageHeader.CONTENT_TYPE, contentType));
        ModelName model = head.model();
        add(headers, MessageHeader.MODEL, model == null ? null : model.value());
        add(headers, MessageHeader.MODEL_VERSION, head.version());
        Tier tier = head.tier();
        add(headers, MessageHeader.TIER, tier == null ? null : tier.toString());
        headers.add(new RecordHeader(
                MessageHeader.TIMING.headerName(), head.timing().bytes()));
        headers.add(header(MessageHeader.INSTANCE, head.instance()));
        if (head.batch() > 0) {
            headers.add(head.batch() == 1 ? BATCH_OF_ONE : header(MessageHeader.BATCH, Integer.toString(head.batch())));
        }
        return headers;
    }

    private static void add(RecordHeaders headers, MessageHeader meaning, @Nullable String value) {
        if (value != null) {
            headers.add(header(meaning, value));
        }
    }

    private static Header header(MessageHeader meaning, String value) {
        return new RecordHeader(meaning.headerName(), value.getBytes(StandardCharsets.UTF_8));
    }
}
