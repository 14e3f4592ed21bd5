package dev.remora.protocol;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One kind of payload, both ways. Thread-safe. A further kind is a further implementation. */
public interface PayloadCodec {
    /** The content types that it reads and writes, lower case and without parameters. */
    Set<String> contentTypes();

    /**
     * Whether a body of one of its content types is of this kind, where several kinds share a type. Called before the
     * model is at hand; looks at as little as it can, and never throws: what is broken may be anybody's.
     *
     * @param body with a content type, lower case and without parameters
     */
    default boolean reads(Invocation.Body body) {
        return true;
    }

    /**
     * Reads a request's body. Whether the tensors are what the model takes is checked for all kinds alike afterwards.
     *
     * @param signature of the model that will run it, for what the body leaves open (names, types, shapes)
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST}, saying what to change
     */
    InferenceInput decode(Invocation.Body body, Signature signature);

    /**
     * Writes a reply's body.
     *
     * @param request what was asked, or null when the request came as another kind of payload
     * @param contentType which of this kind's types is wanted, or null when the sender leaves it open
     * @throws RemoraException {@link ErrorCode#UNSUPPORTED_CONTENT_TYPE} when this kind cannot hold these tensors
     */
    EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType);

    /**
     * What a model answered.
     *
     * @param model which one
     * @param version which version of it
     * @param outputs in the order that was asked for
     */
    record Answer(ModelName model, String version, List<Tensor> outputs) {
        public Answer {
            outputs = List.copyOf(outputs);
        }
    }
}
