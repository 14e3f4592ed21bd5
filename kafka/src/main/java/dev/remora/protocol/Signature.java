package dev.remora.protocol;

import java.util.List;

/**
 * A model's inputs and outputs, in the model's order. Immutable.
 *
 * @param inputs what it takes
 * @param outputs what it gives
 */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
