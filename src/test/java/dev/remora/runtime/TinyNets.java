package dev.remora.runtime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.remora.protocol.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Small ONNX models with known answers. */
final class TinyNets {
    private static final int FLOAT = TensorProto.DataType.FLOAT.getNumber();
    private static final int INT64 = TensorProto.DataType.INT64.getNumber();
    private static final int BOOL = TensorProto.DataType.BOOL.getNumber();
    private static final int STRING = TensorProto.DataType.STRING.getNumber();

    private TinyNets() {}

    /** {@code y = x * factor}, for {@code x} of [N, 4]. */
    static byte[] scale(float factor) {
        return model(graph("scale")
                .addNode(node("Mul", List.of("x", "factor"), "y"))
                .addInitializer(floats("factor", List.of(), factor))
                .addInput(value("x", FLOAT, "N", 4))
                .addOutput(value("y", FLOAT, "N", 4)));
    }

    /** {@code sum = a + b}, {@code difference = a - b}, both of [N]. */
    static byte[] sumAndDifference() {
        return model(graph("pair")
                .addNode(node("Add", List.of("a", "b"), "sum"))
                .addNode(node("Sub", List.of("a", "b"), "difference"))
                .addInput(value("a", FLOAT, "N"))
                .addInput(value("b", FLOAT, "N"))
                .addOutput(value("sum", FLOAT, "N"))
                .addOutput(value("difference", FLOAT, "N")));
    }

    /** Two dense layers with weights from the seed; {@code x} of [N, 8], {@code y} of [N, 3]. */
    static byte[] mlp(long seed, int hidden) {
        Random random = new Random(seed);
        return model(graph("mlp" + seed)
                .addNode(node("Gemm", List.of("x", "w1", "b1"), "h"))
                .addNode(node("Relu", List.of("h"), "r"))
                .addNode(node("Gemm", List.of("r", "w2", "b2"), "y"))
                .addInitializer(floats("w1", List.of(8L, (long) hidden), weights(random, 8 * hidden)))
                .addInitializer(floats("b1", List.of((long) hidden), weights(random, hidden)))
                .addInitializer(floats("w2", List.of((long) hidden, 3L), weights(random, hidden * 3)))
                .addInitializer(floats("b2", List.of(3L), weights(random, 3)))
                .addInput(value("x", FLOAT, "N", 8))
                .addOutput(value("y", FLOAT, "N", 3)));
    }

    /** What {@link #mlp} answers to one row, computed here. */
    static float[] mlpAnswer(long seed, int hidden, float[] x) {
        Random random = new Random(seed);
        float[] r = dense(x, weights(random, 8 * hidden), weights(random, hidden));
        for (int i = 0; i < hidden; i++) {
            r[i] = Math.max(0, r[i]);
        }
        return dense(r, weights(random, hidden * 3), weights(random, 3));
    }

    /** {@code x} of [N, 8] less the mean of its rows: what one row is answered depends on the others. */
    static byte[] lessTheMean() {
        AttributeProto rows = AttributeProto.newBuilder()
                .setName("axes")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(0)
                .build();
        return model(graph("mean")
                .addNode(node("ReduceMean", List.of("x"), "m").toBuilder().addAttribute(rows))
                .addNode(node("Sub", List.of("x", "m"), "y"))
                .addInput(value("x", FLOAT, "N", 8))
                .addOutput(value("y", FLOAT, "N", 8)));
    }

    /** {@code x} of [N, 8] as whole numbers from 0 to 255, by one scale for all rows. */
    static byte[] dynamicallyQuantised() {
        int bytes = TensorProto.DataType.UINT8.getNumber();
        return model(graph("quantised")
                .addNode(node("DynamicQuantizeLinear", List.of("x"), "y").toBuilder()
                        .addOutput("scale")
                        .addOutput("zero"))
                .addInput(value("x", FLOAT, "N", 8))
                .addOutput(value("y", bytes, "N", 8)));
    }

    /** Gives back {@code x}, of [N], unchanged. */
    static byte[] identity(DataType type) {
        return model(graph("identity")
                .addNode(node("Identity", List.of("x"), "y"))
                .addInput(value("x", wire(type), "N"))
                .addOutput(value("y", wire(type), "N")));
    }

    /** Maps the words one, two and {@code \u4e09\ud83d\ude00} to 1, 2 and 3, others to -1. */
    static byte[] words() {
        AttributeProto keys = AttributeProto.newBuilder()
                .setName("keys_strings")
                .setType(AttributeProto.AttributeType.STRINGS)
                .addStrings(ByteString.copyFromUtf8("one"))
                .addStrings(ByteString.copyFromUtf8("two"))
                .addStrings(ByteString.copyFromUtf8("\u4e09\ud83d\ude00"))
                .build();
        AttributeProto values = AttributeProto.newBuilder()
                .setName("values_int64s")
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(List.of(1L, 2L, 3L))
                .build();
        return model(graph("words")
                .addNode(node("LabelEncoder", List.of("x"), "y").toBuilder()
                        .setDomain("ai.onnx.ml")
                        .addAttribute(keys)
                        .addAttribute(values))
                .addInput(value("x", STRING, "N"))
                .addOutput(value("y", INT64, "N")));
    }

    /** Multiplies a 64 x 64 matrix with itself {@code n} times, a scalar of INT64: as slow as one likes. */
    static byte[] slow() {
        GraphProto body = graph("body")
                .addNode(node("Identity", List.of("go"), "go_on"))
                .addNode(node("MatMul", List.of("m", "m"), "next"))
                .addInput(value("i", INT64))
                .addInput(value("go", BOOL))
                .addInput(value("m", FLOAT, 64, 64))
                .addOutput(value("go_on", BOOL))
                .addOutput(value("next", FLOAT, 64, 64))
                .build();
        AttributeProto attribute = AttributeProto.newBuilder()
                .setName("body")
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(body)
                .build();
        return model(graph("slow")
                .addNode(
                        node("Loop", List.of("n", "", "start"), "y").toBuilder().addAttribute(attribute))
                .addInitializer(floats("start", List.of(64L, 64L), new float[64 * 64]))
                .addInput(value("n", INT64))
                .addOutput(value("y", FLOAT, 64, 64)));
    }

    /** Takes row {@code i}, a scalar of INT64, of a table with three rows: fails on others. */
    static byte[] lookup() {
        return model(graph("lookup")
                .addNode(node("Gather", List.of("table", "i"), "y"))
                .addInitializer(floats("table", List.of(3L), 10, 20, 30))
                .addInput(value("i", INT64))
                .addOutput(value("y", FLOAT)));
    }

    /** Its output is a sequence, which no payload can hold. */
    static byte[] sequence() {
        TypeProto element = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(FLOAT))
                .build();
        TypeProto sequence = TypeProto.newBuilder()
                .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(element))
                .build();
        return model(graph("sequence")
                .addNode(node("SequenceConstruct", List.of("x"), "y"))
                .addInput(value("x", FLOAT, "N"))
                .addOutput(ValueInfoProto.newBuilder().setName("y").setType(sequence)));
    }

    /** As {@link #lookup}, from a table of so many rows that lies in the named file beside the model. */
    static byte[] externalLookup(String file, long rows) {
        TensorProto table = TensorProto.newBuilder()
                .setName("table")
                .setDataType(FLOAT)
                .addDims(rows)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(file))
                .build();
        return model(graph("external")
                .addNode(node("Gather", List.of("table", "i"), "y"))
                .addInitializer(table)
                .addInput(value("i", INT64))
                .addOutput(value("y", FLOAT)));
    }

    private static int wire(DataType type) {
        return switch (type) {
            case BOOL -> BOOL;
            case BYTES -> STRING;
            case FP16 -> TensorProto.DataType.FLOAT16.getNumber();
            case BF16 -> TensorProto.DataType.BFLOAT16.getNumber();
            case FP32 -> FLOAT;
            case FP64 -> TensorProto.DataType.DOUBLE.getNumber();
            default -> TensorProto.DataType.valueOf(type.name()).getNumber();
        };
    }

    private static float[] dense(float[] x, float[] w, float[] b) {
        float[] y = b.clone();
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < b.length; j++) {
                y[j] += x[i] * w[i * b.length + j];
            }
        }
        return y;
    }

    private static float[] weights(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private static GraphProto.Builder graph(String name) {
        return GraphProto.newBuilder().setName(name);
    }

    private static NodeProto node(String type, List<String> inputs, String output) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addAllInput(inputs)
                .addOutput(output)
                .build();
    }

    private static TensorProto floats(String name, List<Long> shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(FLOAT)
                .addAllDims(shape)
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    /** A dimension is a number, or the name of one that varies. */
    private static ValueInfoProto value(String name, int type, Object... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        Arrays.stream(shape)
                .map(size -> size instanceof Integer fixed
                        ? TensorShapeProto.Dimension.newBuilder().setDimValue(fixed)
                        : TensorShapeProto.Dimension.newBuilder().setDimParam(size.toString()))
                .forEach(dimensions::addDim);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
                .build();
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("remora-tests")
                .setGraph(graph)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(16))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(2))
                .build()
                .toByteArray();
    }
}
