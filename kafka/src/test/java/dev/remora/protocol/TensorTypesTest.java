package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTypesTest {
    private static final ModelName MODEL = new ModelName("m.onnx");
    private final OpenInferenceJson codec = new OpenInferenceJson();

    @Property
    void jsonAndRawBytesHoldTheSameForEveryType(
            @ForAll DataType type, @ForAll @IntRange(max = 20) int n, @ForAll long seed) {
        Tensor tensor = random(type, n, new Random(seed));

        EncodedBody json = codec.encode(answer(tensor), null, "application/json");
        EncodedBody raw = codec.encode(answer(tensor), null, "application/octet-stream");

        assertThat(json.headerLength()).isEqualTo(-1);
        assertThat(raw.headerLength()).isPositive();
        assertSame(codec.decodeReply(json.bytes(), -1).get(0), tensor);
        assertSame(codec.decodeReply(raw.bytes(), raw.headerLength()).get(0), tensor);
    }

    @Property
    void rowsHoldTheSameForEveryType(
            @ForAll DataType type, @ForAll @IntRange(min = 1, max = 5) int n, @ForAll long seed) {
        Tensor tensor = random(type, n, new Random(seed));
        Signature signature = new Signature(List.of(new TensorSpec("x", type, List.of(-1L, 2L))), List.of());

        EncodedBody predictions = new InstancesJson().encode(answer(tensor), null, null);
        String instances = text(predictions).replace("predictions", "instances");

        assertSame(decode(instances, "application/json", signature), tensor);
        if (type != DataType.BYTES) {
            EncodedBody csv = new CsvCodec().encode(answer(tensor), null, null);
            assertSame(decode(text(csv), "text/csv", signature), tensor);
        }
    }

    @Property
    void requestsOfOurClientAreReadBack(@ForAll @Size(max = 5) List<DataType> types, @ForAll long seed) {
        Random random = new Random(seed);
        List<Tensor> tensors =
                types.stream().map(type -> random(type, 3, random)).toList();

        EncodedBody request = codec.encodeRequest(tensors, List.of("y"));
        InferenceInput input = codec.decode(
                new Invocation.Body(request.contentType(), null, request.headerLength(), request.bytes()),
                new Signature(List.of(), List.of()));

        assertThat(input.outputs()).containsExactly("y");
        assertThat(input.binaryOutputs()).isEqualTo(Set.of("y"));
        for (int i = 0; i < tensors.size(); i++) {
            assertSame(input.tensors().get(i), tensors.get(i));
        }
    }

    @Property
    void halvesRoundToTheNearestAndTiesToEven(@ForAll @FloatRange(min = 0, max = 65_519) float value) {
        short half = SmallFloats.toHalf(value);

        double error = Math.abs(value - (double) SmallFloats.fromHalf(half));
        for (int neighbour = Math.max(0, half - 1); neighbour <= Math.min(0x7BFF, half + 1); neighbour++) {
            double other = Math.abs(value - (double) SmallFloats.fromHalf((short) neighbour));
            assertThat(error).isLessThanOrEqualTo(other);
            assertThat(error < other || half == neighbour || (half & 1) == 0).isTrue();
        }
        assertThat(SmallFloats.toHalf(-value)).isEqualTo((short) (half | 0x8000));
    }

    @Test
    void sixteenBitTiesGoToEven() {
        assertThat(SmallFloats.toHalf(1 + 0x1p-11f)).isEqualTo((short) 0x3C00);
        assertThat(SmallFloats.toHalf(1 + 3 * 0x1p-11f)).isEqualTo((short) 0x3C02);
        assertThat(SmallFloats.toHalf(0x1p-25f)).isEqualTo((short) 0);
        assertThat(SmallFloats.toHalf(3 * 0x1p-25f)).isEqualTo((short) 2);
        assertThat(SmallFloats.toHalf(65_519.996f)).isEqualTo((short) 0x7BFF);
        assertThat(SmallFloats.toHalf(65_520f)).isEqualTo((short) 0x7C00);
        assertThat(SmallFloats.toBrain(1 + 0x1p-8f)).isEqualTo((short) 0x3F80);
        assertThat(SmallFloats.toBrain(1 + 3 * 0x1p-8f)).isEqualTo((short) 0x3F82);
    }

    @Test
    void everyHalfAndBrainFloatSurvivesTheWayThroughFloat() {
        for (int bits = 0; bits <= 0xFFFF; bits++) {
            float half = SmallFloats.fromHalf((short) bits);
            float brain = SmallFloats.fromBrain((short) bits);
            if (!Float.isNaN(half)) {
                assertThat(SmallFloats.toHalf(half)).isEqualTo((short) bits);
            }
            if (!Float.isNaN(brain)) {
                assertThat(SmallFloats.toBrain(brain)).isEqualTo((short) bits);
            }
        }
        assertThat(SmallFloats.fromHalf(SmallFloats.toHalf(Float.NaN))).isNaN();
        assertThat(SmallFloats.fromBrain(SmallFloats.toBrain(Float.NaN))).isNaN();
    }

    @ParameterizedTest
    @CsvSource({
        "UINT8, 256",
        "UINT8, -1",
        "INT8, 128",
        "INT8, -129",
        "UINT16, 65536",
        "INT16, 40000",
        "UINT32, 4294967296",
        "INT32, 2147483648",
        "UINT64, 18446744073709551616",
        "UINT64, -1",
        "INT64, 9223372036854775808",
        "INT64, 1.5",
        "INT64, 1e300",
        "INT64, NaN",
        "INT64, \"1\"",
        "INT64, true",
        "INT64, null",
        "INT64, {}",
        "FP16, 65520",
        "BF16, 3.4e38",
        "FP32, 1e39",
        "FP32, -1e39",
        "FP64, 1e400",
        "FP32, null",
        "FP32, true",
        "FP32, \"one\"",
        "FP32, {}",
        "BOOL, 2",
        "BOOL, \"true\"",
        "BYTES, 1",
        "BYTES, null"
    })
    void refusesElementsThatTheTypeCannotHold(DataType type, String element) {
        String json = "{\"outputs\":[{\"name\":\"x\",\"datatype\":\"" + type + "\",\"shape\":[1],\"data\":[" + element
                + "]}]}";

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> codec.decodeReply(json.getBytes(StandardCharsets.UTF_8), -1))
                .withMessageStartingWith("Element 0 of 'x' is '")
                .withMessageEndingWith("which is no " + type + ".");
    }

    @ParameterizedTest
    @CsvSource({
        "INT64, 3.0, 3",
        "INT64, 1e3, 1000",
        "UINT64, 18446744073709551615, 18446744073709551615",
        "FP32, \"NaN\", \"NaN\"",
        "FP32, NaN, \"NaN\"",
        "FP64, -Infinity, \"-Infinity\"",
        "FP16, \"Infinity\", \"Infinity\"",
        "FP32, 7, 7.0",
        "BOOL, 1, true",
        "BOOL, false, false",
        "FP32, 1e-60, 0.0"
    })
    void readsElementsGenerouslyAndWritesThemStrictly(DataType type, String element, String written) {
        String json = "{\"outputs\":[{\"name\":\"x\",\"datatype\":\"" + type + "\",\"shape\":[1],\"data\":[" + element
                + "]}]}";

        Tensor tensor =
                codec.decodeReply(json.getBytes(StandardCharsets.UTF_8), -1).get(0);

        assertThat(text(codec.encode(answer(tensor), null, null))).contains("\"data\":[" + written + "]");
    }

    @Test
    void doesNotPassBytesOffAsText() {
        Tensor blob = Tensor.of(
                "x", DataType.BYTES, new long[] {1}, ByteBuffer.wrap(new byte[] {2, 0, 0, 0, (byte) 0xFF, (byte) 0xFE
                }));

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> codec.encode(answer(blob), null, null))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CONTENT_TYPE));
    }

    private static Tensor decode(String body, String contentType, Signature signature) {
        return PayloadCodecs.standard()
                .open(new Invocation.Body(contentType, null, -1, body.getBytes(StandardCharsets.UTF_8)))
                .decode(signature)
                .tensors()
                .get(0);
    }

    private static PayloadCodec.Answer answer(Tensor tensor) {
        return new PayloadCodec.Answer(MODEL, "v1", List.of(tensor));
    }

    private static String text(EncodedBody body) {
        return new String(body.bytes(), StandardCharsets.UTF_8);
    }

    /** Equal in name, type, shape and bits. */
    private static void assertSame(Tensor actual, Tensor expected) {
        assertThat(actual).hasToString(expected.toString());
        assertThat(actual.data()).isEqualTo(expected.data());
    }

    private static Tensor random(DataType type, int rows, Random random) {
        long[] shape = {rows, 2};
        if (type == DataType.BYTES) {
            String[] strings = new String[rows * 2];
            for (int i = 0; i < strings.length; i++) {
                strings[i] = random.ints(random.nextInt(6), 0, 0xD800)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
            return Tensor.strings("x", shape, strings);
        }
        ByteBuffer data = ByteBuffer.allocate(rows * 2 * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            put(data, type, random);
        }
        return Tensor.of("x", type, shape, data.flip());
    }

    private static void put(ByteBuffer data, DataType type, Random random) {
        switch (type) {
            case BOOL -> data.put((byte) random.nextInt(2));
            case FP16 -> data.putShort(SmallFloats.toHalf(canonical(Float.intBitsToFloat(random.nextInt()))));
            case BF16 -> data.putShort(SmallFloats.toBrain(canonical(Float.intBitsToFloat(random.nextInt()))));
            case FP32 -> data.putFloat(canonical(Float.intBitsToFloat(random.nextInt())));
            case FP64 -> data.putDouble(canonical(Double.longBitsToDouble(random.nextLong())));
            default -> {
                for (int i = 0; i < type.bytes(); i++) {
                    data.put((byte) random.nextInt());
                }
            }
        }
    }

    private static float canonical(float value) {
        return Float.isNaN(value) ? Float.NaN : value;
    }

    private static double canonical(double value) {
        return Double.isNaN(value) ? Double.NaN : value;
    }
}
