package dev.remora.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;

/**
 * Makes input tensors of the unsigned types wider than a byte: ONNX Runtime takes them, its Java binding has no public way
 * to say so. Thread-safe.
 */
final class UnsignedTensors {
    private final Method createFromBuffer;
    private final Constructor<OnnxTensor> newTensor;
    private final Constructor<TensorInfo> newInfo;
    private final long allocator;

    private UnsignedTensors(OrtEnvironment environment) throws ReflectiveOperationException {
        createFromBuffer = OnnxTensor.class.getDeclaredMethod(
                "createTensorFromBuffer",
                long.class,
                long.class,
                Buffer.class,
                int.class,
                long.class,
                long[].class,
                int.class);
        newTensor = OnnxTensor.class.getDeclaredConstructor(
                long.class, long.class, TensorInfo.class, Buffer.class, boolean.class);
        newInfo = TensorInfo.class.getDeclaredConstructor(long[].class, OnnxJavaType.class, OnnxTensorType.class);
        createFromBuffer.setAccessible(true);
        newTensor.setAccessible(true);
        newInfo.setAccessible(true);
        Object owner =
                NativeEnvironment.open(OrtEnvironment.class, "defaultAllocator").get(environment);
        allocator = NativeEnvironment.open(owner.getClass(), "handle").getLong(owner);
    }

    static boolean covers(DataType type) {
        return type == DataType.UINT16 || type == DataType.UINT32 || type == DataType.UINT64;
    }

    /** A tensor over the direct buffer's remaining bytes, which must fill the shape and outlive the tensor. */
    static OnnxTensor create(DataType type, long[] shape, ByteBuffer data) throws OrtException {
        try {
            return Holder.INSTANCE.tensor(type, shape, data);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof OrtException cause) {
                throw cause;
            }
            throw unsupported(type, e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw unsupported(type, e);
        }
    }

    private OnnxTensor tensor(DataType type, long[] shape, ByteBuffer data) throws ReflectiveOperationException {
        OnnxTensorType theirs = OnnxTypes.theirs(type);
        Object handle = createFromBuffer.invoke(
                null,
                NativeEnvironment.api(),
                allocator,
                data,
                data.position(),
                (long) data.remaining(),
                shape,
                theirs.value);
        return newTensor.newInstance(
                handle, allocator, newInfo.newInstance(shape, OnnxTypes.java(type), theirs), data, false);
    }

    private static RemoraException unsupported(DataType type, Throwable cause) {
        return new RemoraException(
                ErrorCode.INTERNAL,
                "Inputs of " + type + " cannot be given to this version of ONNX Runtime.",
                "Use the ONNX Runtime that Remora came with.",
                cause);
    }

    private static final class Holder {
        static final UnsignedTensors INSTANCE = make();

        private static UnsignedTensors make() {
            try {
                return new UnsignedTensors(NativeEnvironment.get());
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }
}
