package dev.remora.launcher;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * A small net of two layers with a known answer: {@code y = relu(x·W1 + b1)·W2 + b2}, its weights drawn from the seed.
 * Takes {@code x} FP32[N,inputs], gives {@code y} FP32[N,outputs]. Immutable.
 *
 * @param inputs width of a row of {@code x}
 * @param hidden width of the layer between: makes the model as large as one likes
 * @param outputs width of a row of {@code y}
 * @param seed of the weights
 */
public record TinyNet(int inputs, int hidden, int outputs, long seed) {
    /** Takes 4 numbers, gives 3. */
    public static TinyNet of(long seed) {
        return new TinyNet(4, 8, 3, seed);
    }

    /** Takes 4 numbers, gives 3, and has at least this size. */
    public static TinyNet ofBytes(long bytes, long seed) {
        return new TinyNet(4, (int) (bytes / (Float.BYTES * 8) + 1), 3, seed);
    }

    /** The model as an ONNX file. */
    public byte[] onnx() {
        Weights weights = weights();
        GraphProto graph = GraphProto.newBuilder()
                .setName("tiny")
                .addInput(value("x", inputs))
                .addOutput(value("y", outputs))
                .addInitializer(tensor("W1", weights.first(), inputs, hidden))
                .addInitializer(tensor("b1", weights.firstBias(), hidden))
                .addInitializer(tensor("W2", weights.second(), hidden, outputs))
                .addInitializer(tensor("b2", weights.secondBias(), outputs))
                .addNode(node("Gemm", "h", "x", "W1", "b1"))
                .addNode(node("Relu", "r", "h"))
                .addNode(node("Gemm", "y", "r", "W2", "b2"))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("remora")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    /** What the model answers to one row. */
    public float[] answer(float... x) {
        Weights weights = weights();
        float[] h = layer(x, weights.first(), weights.firstBias());
        for (int i = 0; i < h.length; i++) {
            h[i] = Math.max(0, h[i]);
        }
        return layer(h, weights.second(), weights.secondBias());
    }

    private static float[] layer(float[] x, float[] weights, float[] bias) {
        float[] y = new float[bias.length];
        for (int j = 0; j < y.length; j++) {
            double sum = bias[j];
            for (int i = 0; i < x.length; i++) {
                sum += (double) x[i] * weights[i * y.length + j];
            }
            y[j] = (float) sum;
        }
        return y;
    }

    private Weights weights() {
        Random random = new Random(seed);
        double scale = 1 / Math.sqrt(hidden);
        return new Weights(
                draw(random, inputs * hidden, 1), draw(random, hidden, 1),
                draw(random, hidden * outputs, scale), draw(random, outputs, 1));
    }

    private static float[] draw(Random random, int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node.build();
    }

    private static TensorProto tensor(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .setRawData(ByteString.copyFrom(bytes));
        for (long size : shape) {
            tensor.addDims(size);
        }
        return tensor.build();
    }

    private static ValueInfoProto value(String name, int width) {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(width))
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }

    @SuppressWarnings("ArrayRecordComponent") // a local carrier
    private record Weights(float[] first, float[] firstBias, float[] second, float[] secondBias) {}
}
