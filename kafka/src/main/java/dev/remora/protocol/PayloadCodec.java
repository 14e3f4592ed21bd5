package dev.remora.protocol;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One kind of payload, both ways. Thread-safe. A further kind is a further implementation. */
public interface PayloadCodec {
    /** The content types that it reads and writes, lower case and without parameters; the first is the one it writes. */
    Set<String> contentTypes();

    /**
     * Reads a request's body.
     *
     * @param signature of the model that will run it, for what the body leaves open (names, types, shapes)
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST}, saying what to change
     */
    InferenceInput decode(Invocation.Body body, Signature signature);

    /**
     * Writes a reply's body.
     *
     * @param request what was asked, or null when the request came as another kind of payload
     * @throws RemoraException {@link ErrorCode#UNSUPPORTED_CONTENT_TYPE} when this kind cannot hold these tensors
     */
    EncodedBody encode(Answer answer, @Nullable InferenceInput request);

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
