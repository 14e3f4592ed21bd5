package dev.remora.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A named array: its elements as little-endian bytes in row-major order, which is how the V2 binary extension and ONNX
 * Runtime both hold them, so that nothing is converted on the way. Immutable as long as nobody writes to the buffer that
 * it was made from; thread-safe.
 */
public final class Tensor {
    private final String name;
    private final DataType type;
    private final long[] shape;
    private final ByteBuffer data;

    private Tensor(String name, DataType type, long[] shape, ByteBuffer data) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.data = data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A tensor over the buffer's remaining bytes, which are not copied.
     *
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST} when the bytes do not fill the shape
     */
    public static Tensor of(String name, DataType type, long[] shape, ByteBuffer data) {
        long elements = elements(name, shape);
        if (type != DataType.BYTES && elements * type.bytes() != data.remaining()) {
            throw new RemoraException(
                    ErrorCode.BAD_REQUEST,
                    "Tensor '%s' of %s%s needs %d bytes and has %d."
                            .formatted(name, type, Arrays.toString(shape), elements * type.bytes(), data.remaining()));
        }
        if (type == DataType.BYTES && countStrings(name, data) != elements) {
            throw new RemoraException(
                    ErrorCode.BAD_REQUEST,
                    "Tensor '%s' has another number of strings than its shape %s."
                            .formatted(name, Arrays.toString(shape)));
        }
        return new Tensor(name, type, shape, data);
    }

    /** A tensor of {@link DataType#FP32}; the values are copied. */
    public static Tensor floats(String name, long[] shape, float... values) {
        ByteBuffer bytes = allocate(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return of(name, DataType.FP32, shape, bytes);
    }

    /** A tensor of {@link DataType#INT64}; the values are copied. */
    public static Tensor longs(String name, long[] shape, long... values) {
        ByteBuffer bytes = allocate(values.length * Long.BYTES);
        bytes.asLongBuffer().put(values);
        return of(name, DataType.INT64, shape, bytes);
    }

    /** A tensor of {@link DataType#BYTES}, each string as UTF-8. */
    public static Tensor strings(String name, long[] shape, String... values) {
        byte[][] encoded = Arrays.stream(values)
                .map(s -> s.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        ByteBuffer bytes = allocate(
                Arrays.stream(encoded).mapToInt(e -> Integer.BYTES + e.length).sum());
        for (byte[] element : encoded) {
            bytes.putInt(element.length).put(element);
        }
        return of(name, DataType.BYTES, shape, bytes.flip());
    }

    /** The name that the model knows it by. */
    public String name() {
        return name;
    }

    /** The type of its elements. */
    public DataType type() {
        return type;
    }

    /** The sizes of its dimensions; empty for a scalar. A copy. */
    public long[] shape() {
        return shape.clone();
    }

    /** The elements, read-only and little-endian, from the first; a view of its own for each caller. */
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The elements of an {@link DataType#FP32} tensor, copied. */
    public float[] floats() {
        float[] values = new float[data.remaining() / Float.BYTES];
        data().asFloatBuffer().get(values);
        return values;
    }

    /** The elements of an {@link DataType#INT64} tensor, copied. */
    public long[] longs() {
        long[] values = new long[data.remaining() / Long.BYTES];
        data().asLongBuffer().get(values);
        return values;
    }

    /** The elements of a {@link DataType#BYTES} tensor, read as UTF-8. */
    public List<String> strings() {
        List<String> values = new ArrayList<>();
        ByteBuffer bytes = data();
        while (bytes.hasRemaining()) {
            byte[] element = new byte[bytes.getInt()];
            bytes.get(element);
            values.add(new String(element, StandardCharsets.UTF_8));
        }
        return values;
    }

    /** Name, type and shape; not the elements, which may be many and are somebody's data. */
    @Override
    public String toString() {
        return name + ":" + type + Arrays.toString(shape);
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long elements(String name, long[] shape) {
        long elements = 1;
        try {
            for (long size : shape) {
                if (size < 0) {
                    throw new ArithmeticException();
                }
                elements = Math.multiplyExact(elements, size);
            }
            Math.multiplyExact(elements, (long) Long.BYTES);
        } catch (ArithmeticException e) {
            throw new RemoraException(
                    ErrorCode.BAD_REQUEST,
                    "Tensor '%s' has the impossible shape %s.".formatted(name, Arrays.toString(shape)));
        }
        return elements;
    }

    private static long countStrings(String name, ByteBuffer data) {
        ByteBuffer bytes = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long count = 0;
        while (bytes.hasRemaining()) {
            int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
            if (length < 0 || length > bytes.remaining()) {
                throw new RemoraException(
                        ErrorCode.BAD_REQUEST,
                        "Tensor '" + name + "' of BYTES ends inside an element; each is a 4-byte little-endian length"
                                + " and that many bytes.");
            }
            bytes.position(bytes.position() + length);
            count++;
        }
        return count;
    }
}
