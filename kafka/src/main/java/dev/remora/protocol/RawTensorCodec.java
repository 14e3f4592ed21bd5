package dev.remora.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code application/octet-stream}: the raw little-endian elements of the one input or output. Thread-safe. */
final class RawTensorCodec implements PayloadCodec {
    @Override
    public Set<String> contentTypes() {
        return Set.of(MediaType.BYTES);
    }

    @Override
    public InferenceInput decode(Invocation.Body body, Signature signature) {
        if (signature.inputs().size() != 1) {
            throw SignatureCheck.wrongInput("Raw bytes are for models with one input.", signature);
        }
        TensorSpec spec = signature.inputs().get(0);
        Tensor tensor =
                spec.type() == DataType.BYTES ? blob(spec, body.bytes()) : numbers(spec, body.bytes(), signature);
        return new InferenceInput(null, List.of(tensor), List.of(), Set.of());
    }

    private static Tensor numbers(TensorSpec spec, byte[] bytes, Signature signature) {
        int size = spec.type().bytes();
        long[] shape = bytes.length % size == 0 ? Shapes.fill(spec.shape(), bytes.length / size) : null;
        if (shape == null) {
            throw SignatureCheck.wrongInput(
                    bytes.length + " raw bytes fill no shape of the input '" + spec.name()
                            + "' (or more than one: then name the shape, as the Open Inference Protocol does).",
                    signature);
        }
        return Tensor.of(spec.name(), spec.type(), shape, ByteBuffer.wrap(bytes));
    }

    /** The whole body is one element. */
    private static Tensor blob(TensorSpec spec, byte[] bytes) {
        long[] shape = new long[spec.shape().size()];
        Arrays.fill(shape, 1);
        ByteBuffer element = ByteBuffer.allocate(Integer.BYTES + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        element.putInt(bytes.length).put(bytes).flip();
        return Tensor.of(spec.name(), DataType.BYTES, shape, element);
    }

    @Override
    public EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType) {
        if (answer.outputs().size() != 1) {
            throw new RemoraException(
                    ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                    "Raw bytes hold one output, and the model gave "
                            + answer.outputs().size() + '.',
                    "Accept application/json, or ask for one output in a request of the Open Inference Protocol.");
        }
        Tensor output = answer.outputs().get(0);
        ByteBuffer data = output.data();
        if (output.type() == DataType.BYTES) {
            if (Shapes.product(output.shape()) != 1) {
                throw new RemoraException(
                        ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                        "Raw bytes hold one string, and the model gave " + Shapes.product(output.shape()) + '.',
                        "Accept application/json.");
            }
            data.getInt();
        }
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return new EncodedBody(MediaType.BYTES, -1, bytes);
    }
}
