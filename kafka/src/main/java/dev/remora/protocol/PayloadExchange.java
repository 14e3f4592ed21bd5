package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of payload that one request and its reply are of, settled before the model is at hand. Immutable as long as
 * nobody writes to the body.
 */
public final class PayloadExchange {
    private final Invocation.Body body;
    private final PayloadCodec reader;
    private final PayloadCodec writer;
    private final @Nullable String wanted;

    PayloadExchange(Invocation.Body body, PayloadCodec reader, PayloadCodec writer, @Nullable String wanted) {
        this.body = body;
        this.reader = reader;
        this.writer = writer;
        this.wanted = wanted;
    }

    /**
     * Reads the request's body.
     *
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST} when it is malformed or is not what the model takes
     */
    public InferenceInput decode(Signature signature) {
        InferenceInput input = reader.decode(body, signature);
        SignatureCheck.check(input, signature);
        return input;
    }

    /**
     * Writes the reply's body, in a kind that the sender accepts.
     *
     * @param input what {@link #decode} returned
     * @throws RemoraException {@link ErrorCode#UNSUPPORTED_CONTENT_TYPE} when that kind cannot hold these tensors
     */
    public EncodedBody encode(PayloadCodec.Answer answer, InferenceInput input) {
        return writer.encode(answer, writer == reader ? input : null, wanted);
    }
}
