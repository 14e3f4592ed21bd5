package dev.remora.protocol;

/**
 * Every way an invocation can fail. The numbers follow SageMaker's endpoints, so that handling written for those goes on
 * working. Immutable.
 */
public enum ErrorCode {
    BAD_REQUEST(
            400, "The record, a header or the payload is malformed.", "Mend what the message names and send again."),
    FORBIDDEN(
            403,
            "The reply topic is not on the allow-list.",
            "Use the endpoint's reply topic, or have remora.reply.allowed extended."),
    MODEL_NOT_FOUND(
            404,
            "No object has this name below remora.models.location, or the store does not let us see it.",
            "Upload the model under this name; without s3:ListBucket a missing model and a forbidden one look alike."),
    DEADLINE_EXCEEDED(
            408,
            "The deadline passed before the reply was ready.",
            "Allow more time (remora-deadline, remora-ttl-ms) or add instances."),
    PAYLOAD_TOO_LARGE(
            413,
            "The request or its reply is larger than the limit.",
            "Send less in one record, or raise the limits of the endpoint and its topics."),
    UNSUPPORTED_CONTENT_TYPE(
            415, "No codec reads or writes this content type.", "Use one of the content types that the message lists."),
    MODEL_INVALID(
            422,
            "The artifact cannot be loaded.",
            "Upload an artifact that loads; the message says what is wrong with this one."),
    MODEL_ERROR(424, "The model failed on this input.", "Check the input against what the model accepts."),
    INTERNAL(500, "A fault of the server.", "Send again; if it recurs, report it with the request id."),
    UNAVAILABLE(503, "The endpoint cannot serve now.", "Send again later."),
    MODEL_TOO_LARGE(
            507,
            "The model is larger than a whole tier.",
            "Raise remora.memory.max or remora.disk.max, or use a smaller model."),
    STORE_UNAVAILABLE(
            530,
            "The model store failed until the deadline, or refused the endpoint's credentials.",
            "Send again when the store is back; if it refuses, mend its credentials or bucket.");

    private final int status;
    private final String meaning;
    private final String remedy;

    ErrorCode(int status, String meaning, String remedy) {
        this.status = status;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /** The number in {@code remora-status-code}. */
    public int status() {
        return status;
    }

    /** What happened, in general; a {@link RemoraException}'s message says it of the case at hand. */
    public String meaning() {
        return meaning;
    }

    /** What the sender or the operator can do, when the case at hand names nothing better. */
    public String remedy() {
        return remedy;
    }
}
