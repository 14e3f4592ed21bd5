package dev.remora.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Carries tensors into ONNX Runtime and out of it, each byte copied once. Thread-safe. */
final class OnnxTensors {
    /** Where an input may start in its block: on a cache line of its own. */
    private static final int ALIGNMENT = 64;

    private OnnxTensors() {}

    /** The inputs, their bytes in the block, by name. To be closed by {@link #close}. */
    static Map<String, OnnxTensor> enter(OrtEnvironment environment, List<Tensor> inputs, DirectBlock block)
            throws OrtException {
        ByteBuffer space =
                block.take(inputs.stream().mapToLong(OnnxTensors::room).sum());
        Map<String, OnnxTensor> entered = new HashMap<>(inputs.size() * 2);
        boolean done = false;
        try {
            int offset = 0;
            for (Tensor input : inputs) {
                entered.put(input.name(), enter(environment, input, space, offset));
                offset += (int) room(input);
            }
            done = true;
            return entered;
        } finally {
            if (!done) {
                close(entered);
            }
        }
    }

    private static OnnxTensor enter(OrtEnvironment environment, Tensor input, ByteBuffer space, int offset)
            throws OrtException {
        if (input.type() == DataType.BYTES) {
            return StringTensors.create(environment, input);
        }
        ByteBuffer data = input.data();
        ByteBuffer place = space.slice(offset, data.remaining()).order(ByteOrder.nativeOrder());
        place.put(data).flip();
        return UnsignedTensors.covers(input.type())
                ? UnsignedTensors.create(input.type(), input.shape(), place)
                : OnnxTensor.createTensor(environment, place, input.shape(), OnnxTypes.java(input.type()));
    }

    /** An output, its bytes copied to the heap. */
    static Tensor leave(String name, OnnxTensor output) throws OrtException {
        DataType type = OnnxTypes.ours(output.getInfo().onnxType);
        if (type == null) {
            throw new RemoraException(
                    ErrorCode.MODEL_ERROR, "Output '" + name + "' has a type that no reply can hold.");
        }
        long[] shape = output.getInfo().getShape();
        return Tensor.of(
                name, type, shape, type == DataType.BYTES ? StringTensors.content(output) : output.getByteBuffer());
    }

    static void close(Map<String, OnnxTensor> tensors) {
        tensors.values().forEach(OnnxTensor::close);
    }

    private static long room(Tensor input) {
        return input.type() == DataType.BYTES ? 0 : (input.data().remaining() + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
    }
}
