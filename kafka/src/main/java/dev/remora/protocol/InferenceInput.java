package dev.remora.protocol;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A decoded request body. Immutable, as long as nobody writes to the tensors' buffers.
 *
 * @param id the body's own id, given back in the reply's body, or null
 * @param tensors the inputs
 * @param outputs names of the outputs that are wanted, in order; empty means all
 * @param binaryOutputs names of the outputs that the reply carries as raw bytes (V2 binary extension)
 */
public record InferenceInput(
        @Nullable String id, List<Tensor> tensors, List<String> outputs, Set<String> binaryOutputs) {
    public InferenceInput {
        tensors = List.copyOf(tensors);
        outputs = List.copyOf(outputs);
        binaryOutputs = Set.copyOf(binaryOutputs);
    }
}
