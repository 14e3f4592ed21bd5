package dev.remora.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import dev.remora.protocol.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Carries strings into ONNX Runtime and out of it, byte for byte. Its Java binding hands them over in the JVM's own
 * encoding, which is UTF-8 only as far as no character beyond 16 bits and no NUL occurs, and takes no bytes that are not
 * text; so this calls the C functions themselves. Their places in the table of functions are part of its stable binary
 * interface. Thread-safe.
 */
final class StringTensors {
    private static final int GET_ERROR_MESSAGE = 2;
    private static final int GET_DATA_LENGTH = 53;
    private static final int GET_CONTENT = 54;
    private static final int RELEASE_STATUS = 93;
    private static final int GET_RESIZED_ELEMENT = 252;

    private StringTensors() {}

    /** A tensor with the strings of the input. */
    static OnnxTensor create(OrtEnvironment environment, Tensor input) throws OrtException {
        long[] shape = input.shape();
        String[] empty = new String[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        Arrays.fill(empty, "");
        OnnxTensor tensor = OnnxTensor.createTensor(environment, empty, shape);
        try {
            fill(new Pointer(NativeEnvironment.handle(tensor)), input.data());
            return tensor;
        } catch (OrtException e) {
            tensor.close();
            throw e;
        }
    }

    private static void fill(Pointer tensor, ByteBuffer strings) throws OrtException {
        Function resized = function(GET_RESIZED_ELEMENT);
        PointerByReference place = new PointerByReference();
        for (long i = 0; strings.hasRemaining(); i++) {
            byte[] string = new byte[strings.getInt()];
            strings.get(string);
            if (string.length > 0) {
                check(resized.invokePointer(new Object[] {tensor, i, (long) string.length, place}));
                place.getValue().write(0, string, 0, string.length);
            }
        }
    }

    /** The strings of an output as the elements of a {@link dev.remora.protocol.DataType#BYTES} tensor. */
    static ByteBuffer content(OnnxTensor output) throws OrtException {
        int count = Math.toIntExact(output.getInfo().getNumElements());
        if (count == 0) {
            return ByteBuffer.allocate(0);
        }
        Pointer tensor = new Pointer(NativeEnvironment.handle(output));
        LongByReference length = new LongByReference();
        check(function(GET_DATA_LENGTH).invokePointer(new Object[] {tensor, length}));
        // One byte more: a block of none cannot be had.
        try (Memory bytes = new Memory(length.getValue() + 1);
                Memory offsets = new Memory((long) count * Long.BYTES)) {
            check(function(GET_CONTENT)
                    .invokePointer(new Object[] {tensor, bytes, length.getValue(), offsets, (long) count}));
            return elements(bytes.getByteBuffer(0, length.getValue()), offsets.getLongArray(0, count));
        }
    }

    private static ByteBuffer elements(ByteBuffer bytes, long[] offsets) {
        ByteBuffer elements = ByteBuffer.allocate(Math.addExact(bytes.capacity(), offsets.length * Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < offsets.length; i++) {
            int start = (int) offsets[i];
            int end = i + 1 < offsets.length ? (int) offsets[i + 1] : bytes.capacity();
            elements.putInt(end - start).put(bytes.slice(start, end - start));
        }
        return elements.flip();
    }

    private static void check(Pointer status) throws OrtException {
        if (status != null) {
            String message = function(GET_ERROR_MESSAGE)
                    .invokePointer(new Object[] {status})
                    .getString(0);
            function(RELEASE_STATUS).invokeVoid(new Object[] {status});
            throw new OrtException(OrtErrorCode.ORT_FAIL, message);
        }
    }

    private static Function function(int place) {
        return Function.getFunction(
                new Pointer(NativeEnvironment.api()).getPointer((long) place * Native.POINTER_SIZE));
    }
}
