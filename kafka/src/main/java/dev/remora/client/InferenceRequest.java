package dev.remora.client;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageHeader;
import dev.remora.protocol.OpenInferenceJson;
import dev.remora.protocol.Tensor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** What to infer from, and how the reply is wanted. Immutable as long as nobody writes to the bytes. */
public final class InferenceRequest {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final OpenInferenceJson OPEN_INFERENCE = new OpenInferenceJson();

    private final EncodedBody body;
    private final @Nullable String accept;
    private final @Nullable Duration timeout;
    private final @Nullable Integer priority;
    private final @Nullable String requestId;
    private final List<Header> headers;

    private InferenceRequest(
            EncodedBody body,
            @Nullable String accept,
            @Nullable Duration timeout,
            @Nullable Integer priority,
            @Nullable String requestId,
            List<Header> headers) {
        this.body = body;
        this.accept = accept;
        this.timeout = timeout;
        this.priority = priority;
        this.requestId = requestId;
        this.headers = List.copyOf(headers);
    }

    /** Tensors, sent raw after JSON (Open Inference Protocol V2, binary extension); all outputs come back so. */
    public static InferenceRequest tensors(Tensor... inputs) {
        return tensors(List.of(inputs), List.of());
    }

    /** The same from a list. */
    public static InferenceRequest tensors(List<Tensor> inputs) {
        return tensors(inputs, List.of());
    }

    /** The same, asking for these outputs only, in this order. */
    public static InferenceRequest tensors(List<Tensor> inputs, List<String> outputs) {
        return of(OPEN_INFERENCE.encodeRequest(inputs, outputs));
    }

    /** JSON: a request of the Open Inference Protocol V2, or {@code instances}. */
    public static InferenceRequest json(String json) {
        return bytes("application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** Rows of numbers, for a model with one input. */
    public static InferenceRequest csv(String rows) {
        return bytes("text/csv", rows.getBytes(StandardCharsets.UTF_8));
    }

    /** Any body that the endpoint reads; the bytes are not copied. */
    public static InferenceRequest bytes(String contentType, byte[] body) {
        return of(new EncodedBody(contentType, -1, body));
    }

    /** A body of the Open Inference Protocol's binary extension: JSON of this length, then raw tensors. */
    public static InferenceRequest bytes(String contentType, byte[] body, int jsonLength) {
        if (jsonLength < 0 || jsonLength > body.length) {
            throw new IllegalArgumentException("The JSON must be a part of the body.");
        }
        return of(new EncodedBody(contentType, jsonLength, body));
    }

    private static InferenceRequest of(EncodedBody body) {
        return new InferenceRequest(body, null, null, null, null, List.of());
    }

    /** With another kind of reply than the request's own, as in HTTP's {@code Accept}. */
    public InferenceRequest accept(String contentTypes) {
        return new InferenceRequest(body, contentTypes, timeout, priority, requestId, headers);
    }

    /** With a time to wait of its own. A tenth of a second after it at the latest the future fails. */
    public InferenceRequest timeout(Duration time) {
        return new InferenceRequest(body, accept, checkTimeout(time), priority, requestId, headers);
    }

    static Duration checkTimeout(Duration time) {
        if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("A timeout must be between a millisecond and 365 days.");
        }
        return time;
    }

    /** With a priority from 1, which goes first, to 9; 5 if none is given. */
    public InferenceRequest priority(int value) {
        if (value < 1 || value > 9) {
            throw new IllegalArgumentException("A priority is 1 (highest) to 9.");
        }
        return new InferenceRequest(body, accept, timeout, value, requestId, headers);
    }

    /** With a name of the sender's own, for logs; it need not be unique. */
    public InferenceRequest requestId(String id) {
        return new InferenceRequest(body, accept, timeout, priority, id, headers);
    }

    /**
     * With one more header. Those for tracing and {@code x-*} come back with the reply.
     *
     * @throws IllegalArgumentException when the client itself writes this header
     */
    public InferenceRequest header(String name, String value) {
        if (isOurs(name)) {
            throw new IllegalArgumentException("The client writes the header '" + name + "' itself.");
        }
        List<Header> more = new ArrayList<>(headers);
        more.add(new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8)));
        return new InferenceRequest(body, accept, timeout, priority, requestId, more);
    }

    /** What would send the reply elsewhere under any name, and the rest under the name that we write. */
    private static boolean isOurs(String name) {
        for (MessageHeader header : MessageHeader.values()) {
            boolean ours = switch (header) {
                case CORRELATION, REPLY_TOPIC, REPLY_PARTITION, MODEL ->
                    header.names().stream().anyMatch(name::equalsIgnoreCase);
                case PASSED -> false;
                default -> header.headerName().equalsIgnoreCase(name);
            };
            if (ours) {
                return true;
            }
        }
        return false;
    }

    EncodedBody body() {
        return body;
    }

    Optional<String> accept() {
        return Optional.ofNullable(accept);
    }

    Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    OptionalInt priority() {
        return priority == null ? OptionalInt.empty() : OptionalInt.of(priority);
    }

    Optional<String> requestId() {
        return Optional.ofNullable(requestId);
    }

    List<Header> headers() {
        return headers;
    }
}
