package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.OpenInferenceJson;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint answered. Immutable as long as nobody writes to the body.
 *
 * @param requestId the request's id
 * @param status 200, or the number of the error
 * @param error why there is no result, or null when there is one
 * @param model the model, or null when the request named none
 * @param modelVersion which version of it answered, or null when none did
 * @param tier where the model was when the request was read, or null when that was not looked up
 * @param timing what the time went into
 * @param instance which instance answered
 * @param batch how many requests ran in the same call of the model, or 0 when none ran
 * @param contentType of the body
 * @param jsonLength bytes of the JSON before the raw tensors, or -1
 * @param body the result, or the error as JSON
 * @param headers all headers as text, those among them that were sent along with the request to be given back
 */
@SuppressWarnings("ArrayRecordComponent") // the record's own value, not copied
public record InferenceReply(
        String requestId,
        int status,
        @Nullable RemoraException error,
        @Nullable String model,
        @Nullable String modelVersion,
        @Nullable Tier tier,
        Timing timing,
        String instance,
        int batch,
        String contentType,
        int jsonLength,
        byte[] body,
        Map<String, String> headers) {
    private static final OpenInferenceJson OPEN_INFERENCE = new OpenInferenceJson();

    public InferenceReply {
        headers = Map.copyOf(headers);
    }

    /** The kind of error, if it is one. */
    public Optional<ErrorCode> errorCode() {
        return Optional.ofNullable(error).map(RemoraException::code);
    }

    /**
     * This reply, if it is a result.
     *
     * @throws RemoraException the error, if it is one
     */
    public InferenceReply orThrow() {
        if (error != null) {
            throw error;
        }
        return this;
    }

    /**
     * The outputs, of a reply in the Open Inference Protocol V2; the body is read anew each time.
     *
     * @throws RemoraException {@link ErrorCode#UNSUPPORTED_CONTENT_TYPE} when the body is of another kind,
     *     {@link ErrorCode#BAD_REQUEST} when it is malformed, or the error that this reply is
     */
    public List<Tensor> tensors() {
        orThrow();
        if (jsonLength < 0 && !contentType.equals("application/json")) {
            throw new RemoraException(
                    ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                    "The reply is " + contentType + ", which names no tensors.",
                    "Read body() or text(), or send tensors.");
        }
        return OPEN_INFERENCE.decodeReply(body, jsonLength);
    }

    /** The body read as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
