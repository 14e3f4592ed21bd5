package dev.remora.protocol;

import java.util.Arrays;
import java.util.List;

/**
 * The one catalogue of every header that we read or write: {@code docs/headers.md} is rendered from it. Names of a
 * request are looked for in the order given here and without regard to case; the first that is present wins, and of
 * several with one name the last. Immutable.
 */
public enum MessageHeader {
    MODEL(
            Direction.BOTH,
            Form.TEXT,
            "The model. It wins over the record's key, but then records of one model may lie on several partitions.",
            "The model.",
            "remora-model",
            "X-Amzn-SageMaker-Target-Model"),
    REQUEST_ID(
            Direction.BOTH,
            Form.TEXT,
            "Names the request, at most 1,024 bytes. Without one it is `<topic>-<partition>-<offset>`.",
            "The request's name. If that came under another header's name, it comes back under that one too.",
            "remora-request-id",
            "X-Amzn-SageMaker-Inference-Id",
            "ce_id",
            "x-request-id"),
    CORRELATION(
            Direction.ECHOED,
            Form.BYTES,
            "Tells the sender which request a reply belongs to: given back under the same name, at most 1,024 bytes.",
            "kafka_correlationId",
            "REPLY_CORRELATION_ID",
            "remora-correlation-id"),
    REPLY_TOPIC(
            Direction.REQUEST,
            Form.TEXT,
            "Where the reply goes; it must be on the endpoint's allow-list. Without one it is the endpoint's own.",
            "kafka_replyTopic",
            "REPLY_TOPIC",
            "remora-reply-topic"),
    REPLY_PARTITION(
            Direction.REQUEST,
            Form.PARTITION,
            "The partition that the reply goes to. Without one the request id decides.",
            "kafka_replyPartition",
            "REPLY_PARTITION",
            "remora-reply-partition"),
    CONTENT_TYPE(
            Direction.BOTH,
            Form.TEXT,
            "What the value is. Without one it is JSON when it starts with `{`, else one tensor of bytes.",
            "What the value is; an error is always `application/json`.",
            "content-type"),
    ACCEPT(
            Direction.REQUEST,
            Form.TEXT,
            "What the reply's value may be, as in HTTP. Without one it is of the request's kind.",
            "accept"),
    JSON_LENGTH(
            Direction.BOTH,
            Form.INTEGER,
            "Bytes of the JSON before the raw tensors (Open Inference Protocol, binary extension).",
            "The same; absent when there are no raw tensors.",
            "Inference-Header-Content-Length"),
    DEADLINE(
            Direction.REQUEST,
            Form.TIME,
            "When the sender stops waiting. It wins over `remora-ttl-ms`; without either `remora.request.ttl` counts.",
            "remora-deadline"),
    TTL(
            Direction.REQUEST,
            Form.INTEGER,
            "Milliseconds that the sender waits, from the record's timestamp; a timestamp in the future counts as now.",
            "remora-ttl-ms"),
    PRIORITY(
            Direction.REQUEST, Form.INTEGER, "From 1, which goes first, to 9. Without one it is 5.", "remora-priority"),
    ORIGIN(
            Direction.FORWARDED,
            Form.TEXT,
            "Where the request lay first, as `<topic>-<partition>-<offset>`: its name, unless it has one of its own. What"
                    + " has this header is not forwarded again.",
            "remora-origin"),
    ORIGIN_TIMESTAMP(
            Direction.FORWARDED,
            Form.INTEGER,
            "The timestamp that it had there, in milliseconds since 1970: what `remora-ttl-ms` counts from.",
            "remora-origin-timestamp"),
    PASSED(
            Direction.ECHOED,
            Form.BYTES,
            "Given back as they came, up to 16 KiB in all; what is beyond that is left out.",
            "traceparent",
            "tracestate",
            "baggage",
            "X-Amzn-SageMaker-Custom-Attributes",
            "x-*"),
    STATUS(Direction.REPLY, Form.TEXT, "`ok` or `error`.", "remora-status"),
    STATUS_CODE(Direction.REPLY, Form.INTEGER, "200, or the number of the error.", "remora-status-code"),
    ERROR_CODE(Direction.REPLY, Form.TEXT, "The name of the error; absent when all went well.", "remora-error-code"),
    MODEL_VERSION(
            Direction.REPLY,
            Form.TEXT,
            "Which version of the model answered: the ETag of its object, or time and size where the store gives none.",
            "remora-model-version"),
    TIER(
            Direction.REPLY,
            Form.TEXT,
            "Where the model was when the request was read: `memory`, `disk` or `s3`.",
            "remora-tier"),
    TIMING(
            Direction.REPLY,
            Form.TEXT,
            "What the time went into, in milliseconds, in the syntax of `Server-Timing`:"
                    + " `queue;dur=12.1, fetch;dur=840, load;dur=95, run;dur=3.4`. What did not happen is absent.",
            "remora-timing"),
    INSTANCE(Direction.REPLY, Form.TEXT, "Which instance answered.", "remora-instance"),
    BATCH(Direction.REPLY, Form.INTEGER, "How many requests ran together in one call of the model.", "remora-batch");

    private final Direction direction;
    private final Form form;
    private final String sentence;
    private final String replySentence;
    private final List<String> names;

    MessageHeader(Direction direction, Form form, String sentence, String... more) {
        boolean both = direction == Direction.BOTH;
        this.direction = direction;
        this.form = form;
        this.sentence = sentence;
        this.replySentence = both ? more[0] : sentence;
        this.names = List.of(both ? Arrays.copyOfRange(more, 1, more.length) : more);
    }

    /** The names that it is read by, the first to win first. A name that ends in {@code *} stands for all that begin so. */
    public List<String> names() {
        return names;
    }

    /** The name that we write. */
    public String headerName() {
        return names.get(0);
    }

    /** Whether requests, replies or both carry it. */
    public Direction direction() {
        return direction;
    }

    /** How its value is written. */
    public Form form() {
        return form;
    }

    /** What it is for; in a request, if both carry it. */
    public String sentence() {
        return sentence;
    }

    /** What it is for in a reply. */
    public String replySentence() {
        return replySentence;
    }

    /** Who carries a header. Immutable. */
    public enum Direction {
        /** Requests only. */
        REQUEST,
        /** Replies only. */
        REPLY,
        /** Either, each with a value of its own; a sentence on replies stands before the names. */
        BOTH,
        /** Requests, and replies give it back. */
        ECHOED,
        /** Requests that one instance leaves to another. */
        FORWARDED
    }

    /** How a header's value is written. Immutable. */
    public enum Form {
        TEXT("UTF-8 text"),
        BYTES("any bytes"),
        INTEGER("a whole number as text"),
        TIME("milliseconds since 1970 or a time of RFC 3339, as text"),
        PARTITION("4 bytes, big endian, or a whole number as text");

        private final String words;

        Form(String words) {
            this.words = words;
        }

        /** As the documentation says it. */
        public String words() {
            return words;
        }
    }
}
