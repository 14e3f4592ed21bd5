package dev.remora.protocol;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * All of a raw tensor but its bytes. Immutable, as long as nobody writes to the shape.
 *
 * @param byteCount how many bytes it has
 */
@SuppressWarnings("ArrayRecordComponent") // stays in the heads that are remembered
record RawLayout(String name, DataType type, long[] shape, int byteCount) {
    static RawLayout of(Tensor tensor) {
        return new RawLayout(
                tensor.name(), tensor.type(), tensor.shape(), tensor.data().remaining());
    }

    /** The tensor whose bytes begin there; they are not copied. */
    Tensor over(byte[] body, int at) {
        return Tensor.of(name, type, shape, ByteBuffer.wrap(body, at, byteCount));
    }

    boolean isOf(Tensor tensor) {
        return type == tensor.type()
                && byteCount == tensor.data().remaining()
                && name.equals(tensor.name())
                && Arrays.equals(shape, tensor.shape());
    }
}
