package dev.remora.protocol;

import java.util.List;

/**
 * What a model says of one input or output. Immutable.
 *
 * @param name as the model names it
 * @param type of its elements
 * @param shape one size a dimension, -1 where it varies
 */
public record TensorSpec(String name, DataType type, List<Long> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }
}
