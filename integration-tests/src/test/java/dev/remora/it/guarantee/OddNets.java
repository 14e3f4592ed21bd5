package dev.remora.it.guarantee;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;

/** Nets that take {@code x} FP32[N,4] and misbehave on purpose. */
public final class OddNets {
    private static final int WIDTH = 4;
    private static final int MISFIT = 7;

    private OddNets() {}

    /** Gives {@code y} = x + turns, reached by adding 1 in a loop: small in memory, as slow as one likes. */
    public static byte[] counting(int turns) {
        GraphProto body = GraphProto.newBuilder()
                .setName("turn")
                .addInput(scalar("turn", DataType.INT64_VALUE))
                .addInput(scalar("going", DataType.BOOL_VALUE))
                .addInput(rows("sum"))
                .addInitializer(TensorProto.newBuilder()
                        .setName("one")
                        .setDataType(DataType.FLOAT_VALUE)
                        .addFloatData(1))
                .addNode(node("Identity", "goes", "going"))
                .addNode(node("Add", "next", "sum", "one"))
                .addOutput(scalar("goes", DataType.BOOL_VALUE))
                .addOutput(rows("next"))
                .build();
        NodeProto loop = node("Loop", "y", "turns", "begin", "x").toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("body")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(body))
                .build();
        return model(GraphProto.newBuilder()
                .setName("counting")
                .addInput(rows("x"))
                .addOutput(rows("y"))
                .addInitializer(TensorProto.newBuilder()
                        .setName("turns")
                        .setDataType(DataType.INT64_VALUE)
                        .addInt64Data(turns))
                .addInitializer(TensorProto.newBuilder()
                        .setName("begin")
                        .setDataType(DataType.BOOL_VALUE)
                        .addInt32Data(1))
                .addNode(loop));
    }

    /** Loads, and cannot run on any number of rows but a multiple of 7. */
    public static byte[] failing() {
        return model(GraphProto.newBuilder()
                .setName("failing")
                .addInput(rows("x"))
                .addOutput(
                        value("y", DataType.FLOAT_VALUE, Dimension.newBuilder().setDimValue(MISFIT)))
                .addInitializer(TensorProto.newBuilder()
                        .setName("shape")
                        .setDataType(DataType.INT64_VALUE)
                        .addDims(1)
                        .addInt64Data(MISFIT))
                .addNode(node("Reshape", "y", "x", "shape")));
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("remora")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node.build();
    }

    private static ValueInfoProto rows(String name) {
        return value(
                name,
                DataType.FLOAT_VALUE,
                Dimension.newBuilder().setDimParam("N"),
                Dimension.newBuilder().setDimValue(WIDTH));
    }

    private static ValueInfoProto scalar(String name, int type) {
        return value(name, type);
    }

    private static ValueInfoProto value(String name, int type, Dimension.Builder... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        for (Dimension.Builder dimension : shape) {
            dimensions.addDim(dimension);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
                .build();
    }
}
