package dev.remora.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * An input as the Open Inference Protocol's binary extension carries it. Immutable by convention.
 *
 * @param name of the input
 * @param type FP32 or INT64
 * @param shape of it
 * @param bytes raw, little-endian
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier: never compared
record RawTensor(String name, String type, long[] shape, byte[] bytes) {
    /** Numbers between -1 and 1. */
    static RawTensor noise(String name, Random random, long... shape) {
        ByteBuffer bytes = buffer(shape, Float.BYTES);
        while (bytes.hasRemaining()) {
            bytes.putFloat(random.nextFloat() * 2 - 1);
        }
        return new RawTensor(name, "FP32", shape, bytes.array());
    }

    /** The same number everywhere, as FP32. */
    static RawTensor floats(String name, float value, long... shape) {
        ByteBuffer bytes = buffer(shape, Float.BYTES);
        while (bytes.hasRemaining()) {
            bytes.putFloat(value);
        }
        return new RawTensor(name, "FP32", shape, bytes.array());
    }

    /** Whole numbers from one to another, in random order; shape {@code []} is one number. */
    static RawTensor whole(String name, Random random, int from, int to, long... shape) {
        ByteBuffer bytes = buffer(shape, Long.BYTES);
        while (bytes.hasRemaining()) {
            bytes.putLong(from + random.nextInt(to - from + 1));
        }
        return new RawTensor(name, "INT64", shape, bytes.array());
    }

    private static ByteBuffer buffer(long[] shape, int elementBytes) {
        long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        return ByteBuffer.allocate(Math.toIntExact(elements * elementBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** One after the other. */
    static byte[] join(List<RawTensor> tensors) {
        ByteBuffer all = ByteBuffer.allocate(
                tensors.stream().mapToInt(tensor -> tensor.bytes().length).sum());
        tensors.forEach(tensor -> all.put(tensor.bytes()));
        return all.array();
    }

    /** The JSON that goes before them; asks for raw outputs too. */
    static byte[] json(List<RawTensor> tensors) {
        String inputs = tensors.stream()
                .map(tensor ->
                        "{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":[%s],\"parameters\":{\"binary_data_size\":%d}}"
                                .formatted(
                                        tensor.name(),
                                        tensor.type(),
                                        Arrays.stream(tensor.shape())
                                                .mapToObj(Long::toString)
                                                .collect(Collectors.joining(",")),
                                        tensor.bytes().length))
                .collect(Collectors.joining(","));
        String json = "{\"inputs\":[" + inputs + "],\"parameters\":{\"binary_data_output\":true}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
