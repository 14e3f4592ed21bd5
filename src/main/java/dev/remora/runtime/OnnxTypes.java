package dev.remora.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import dev.remora.protocol.DataType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The protocol's element types beside ONNX Runtime's. Immutable. */
final class OnnxTypes {
    private static final Map<OnnxTensorType, DataType> OURS = new EnumMap<>(OnnxTensorType.class);
    private static final Map<DataType, OnnxTensorType> THEIRS = new EnumMap<>(DataType.class);

    static {
        pair(DataType.BOOL, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL);
        pair(DataType.UINT8, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8);
        pair(DataType.UINT16, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16);
        pair(DataType.UINT32, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32);
        pair(DataType.UINT64, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64);
        pair(DataType.INT8, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8);
        pair(DataType.INT16, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16);
        pair(DataType.INT32, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32);
        pair(DataType.INT64, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
        pair(DataType.FP16, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16);
        pair(DataType.BF16, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16);
        pair(DataType.FP32, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
        pair(DataType.FP64, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE);
        pair(DataType.BYTES, OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
    }

    private OnnxTypes() {}

    /** Null where the protocol has no such type. */
    static @Nullable DataType ours(OnnxTensorType type) {
        return OURS.get(type);
    }

    static OnnxTensorType theirs(DataType type) {
        OnnxTensorType theirs = THEIRS.get(type);
        if (theirs == null) {
            throw new IllegalStateException("no ONNX type for " + type);
        }
        return theirs;
    }

    /** What the Java binding calls it; it has no unsigned types but bytes, and calls those by the signed one's name. */
    static OnnxJavaType java(DataType type) {
        return OnnxJavaType.mapFromOnnxTensorType(theirs(type));
    }

    private static void pair(DataType ours, OnnxTensorType theirs) {
        OURS.put(theirs, ours);
        THEIRS.put(ours, theirs);
    }
}
