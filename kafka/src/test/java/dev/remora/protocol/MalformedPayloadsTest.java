package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MalformedPayloadsTest {
    private static final String JSON = "application/json";
    private static final String CSV = "text/csv";
    private static final String RAW = "application/octet-stream";
    private static final Signature ONE = Golden.CSV.signature();
    private static final Signature TWO = Golden.INSTANCES_KEYED.signature();
    private static final String V2 =
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[1,2,3]}]}";

    private final PayloadCodecs codecs = PayloadCodecs.standard();

    static Stream<Arguments> structures() {
        return Stream.of(
                Arguments.of(JSON, "", ONE, "The body must be a JSON object"),
                Arguments.of(JSON, "[1]", ONE, "The body must be a JSON object"),
                Arguments.of(JSON, "{", ONE, "The JSON is broken at line 1"),
                Arguments.of(JSON, "{\"inputs\":[{\"name\":\"x\"", ONE, "The JSON is broken"),
                Arguments.of(JSON, "{}", ONE, "has no 'inputs' (nor 'instances')"),
                Arguments.of(JSON, "{\"id\":{\"inputs\":[]}}", ONE, "'id' must be a string"),
                Arguments.of(JSON, V2.replace("\"x\"", "[\"x\"]"), ONE, "'name' must be a string"),
                Arguments.of(JSON, "{\"inputs\":3}", ONE, "'inputs' must be an array of objects"),
                Arguments.of(JSON, "{\"inputs\":[3]}", ONE, "Each of 'inputs' must be an object"),
                Arguments.of(JSON, V2 + "{}", ONE, "Something follows"),
                Arguments.of(JSON, V2.replace("FP32", "FLOAT"), ONE, "'FLOAT' is no datatype"),
                Arguments.of(
                        JSON, V2.replace("FP32", "FP64"), ONE, "'x' is FP64, not FP32. The model takes x FP32[-1, 3]"),
                Arguments.of(JSON, V2.replace("\"x\"", "\"y\""), ONE, "no input 'y'. The model takes x FP32[-1, 3]"),
                Arguments.of(JSON, V2.replace("[1,3]", "[3,1]"), ONE, "has the shape [3, 1], not [-1, 3]"),
                Arguments.of(JSON, V2.replace("[1,3]", "[1,4]"), ONE, "has the shape [3], but 'shape' says [1, 4]"),
                Arguments.of(JSON, V2.replace("[1,3]", "[9999999999,9999999999]"), ONE, "'shape' says"));
    }

    static Stream<Arguments> data() {
        return Stream.of(
                Arguments.of(JSON, V2.replace("[1,3]", "[-1,3]"), ONE, "A 'shape' must be an array"),
                Arguments.of(JSON, V2.replace("[1,3]", "\"1,3\""), ONE, "A 'shape' must be an array"),
                Arguments.of(JSON, V2.replace("[1,2,3]", "[[1],[2],[3]]"), ONE, "has the shape [3, 1], but"),
                Arguments.of(JSON, V2.replace("[1,2,3]", "[[1],[2,3]]"), ONE, "not nested evenly"),
                Arguments.of(JSON, V2.replace("[1,2,3]", "[1,[2],3]"), ONE, "not nested evenly"),
                Arguments.of(JSON, V2.replace("[1,2,3]", "[1,2,\"three\"]"), ONE, "Element 2 of 'x' is 'three'"),
                Arguments.of(JSON, V2.replace(",\"data\":[1,2,3]", ""), ONE, "neither 'data' nor"),
                Arguments.of(JSON, V2.replace("\"name\":\"x\",", ""), ONE, "needs 'name', 'datatype' and 'shape'"),
                Arguments.of(
                        JSON,
                        V2.replace("\"data\":[1,2,3]", "\"parameters\":{\"binary_data_size\":12}"),
                        ONE,
                        "'Inference-Header-Content-Length' is absent"),
                Arguments.of(
                        JSON,
                        V2.replace("]}]}", "]}],\"outputs\":[{\"name\":\"z\"}]}"),
                        ONE,
                        "no output 'z'; it gives label INT64[-1], score FP32[-1, 2]"),
                Arguments.of(
                        JSON,
                        V2.replace("}]}", "},{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[0,3],\"data\":[]}]}"),
                        ONE,
                        "'x' is there twice"),
                Arguments.of(JSON, V2, TWO, "no input 'x'"),
                Arguments.of(
                        JSON,
                        "{\"inputs\":[{\"name\":\"lang\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[1]}]}",
                        TWO,
                        "The input 'text' is missing"),
                Arguments.of(JSON, "{\"else\":" + "[".repeat(100) + "]".repeat(100) + "}", ONE, "The JSON is broken"),
                Arguments.of(
                        JSON, V2.replace("[1,2,3]", "[".repeat(100) + "]".repeat(100)), ONE, "The JSON is broken"));
    }

    static Stream<Arguments> rows() {
        return Stream.of(
                Arguments.of(JSON, "{\"instances\":[]}", ONE, "absent or empty"),
                Arguments.of(JSON, "{\"instances\":{}}", ONE, "be an array"),
                Arguments.of(JSON, "{\"instances\":[[1,2,3],[1,2]]}", ONE, "not nested evenly"),
                Arguments.of(JSON, "{\"instances\":[[1,2]]}", ONE, "shape [1, 2], not [-1, 3]"),
                Arguments.of(JSON, "{\"instances\":[{\"y\":[1,2,3]}]}", ONE, "no input 'y'"),
                Arguments.of(JSON, "{\"instances\":[[1,2,3]]}", TWO, "keyed by the inputs' names"),
                Arguments.of(JSON, "{\"instances\":[{\"text\":\"a\"}]}", TWO, "the input 'lang' exactly once"),
                Arguments.of(
                        JSON,
                        "{\"instances\":[{\"text\":\"a\",\"text\":\"b\",\"lang\":1}]}",
                        TWO,
                        "'text' exactly once"),
                Arguments.of(JSON, "{\"instances\":[[1,2,3]],\"instances\":[]}", ONE, "be there once"),
                Arguments.of(CSV, "", ONE, "no rows"),
                Arguments.of(CSV, "1,2,3\n1,2", ONE, "Row 2 has 2 fields, the rows before it 3"),
                Arguments.of(CSV, "1,2", ONE, "shape [1, 2], not [-1, 3]"),
                Arguments.of(CSV, "a,b,c\n1,2,3", ONE, "Element 0 of 'x' is 'a', which is no FP32"),
                Arguments.of(CSV, "1,,3", ONE, "Field 2 of row 1 is empty; write NaN"),
                Arguments.of(CSV, "1,2," + "3".repeat(101), ONE, "longer than 100"),
                Arguments.of(CSV, "1,2,1e39", ONE, "which is no FP32"),
                Arguments.of(CSV, "1,2,3f", ONE, "which is no FP32"),
                Arguments.of(CSV, "1,2,3", TWO, "CSV is for models with one input"),
                Arguments.of(RAW, "1234567890123", ONE, "13 raw bytes fill no shape"),
                Arguments.of(RAW, "12345678", ONE, "8 raw bytes fill no shape"),
                Arguments.of(RAW, "12345678", one(DataType.FP32, -1, -1), "name the shape"),
                Arguments.of(RAW, "12345678", TWO, "Raw bytes are for models with one input"));
    }

    @ParameterizedTest
    @MethodSource({"structures", "data", "rows"})
    void refusesWhatIsMalformedAndSaysWhatToChange(
            String contentType, String text, Signature signature, String message) {
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> decode(contentType, text, signature))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
    }

    @ParameterizedTest
    @CsvSource({"11, 'should have 12 raw bytes; 11 are left'", "13, '1 bytes after the JSON belong to no tensor'"})
    void refusesRawBytesThatDoNotFillTheTensors(int bytes, String message) {
        String json = V2.replace("\"data\":[1,2,3]", "\"parameters\":{\"binary_data_size\":12}");
        byte[] body = Arrays.copyOf(json.getBytes(StandardCharsets.UTF_8), json.length() + bytes);

        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> codecs.open(new Invocation.Body(null, null, json.length(), body))
                        .decode(ONE))
                .withMessageContaining(message);
    }

    @Property
    void answersAnyBytesWithTensorsOrARefusalOfItsOwn(
            @ForAll byte[] bytes, @ForAll @IntRange(min = -1, max = 3) int headerLength) {
        for (String type : Arrays.asList("application/json", "text/csv", "application/octet-stream", null)) {
            for (Signature signature : List.of(ONE, TWO, one(DataType.INT8, -1), new Signature(List.of(), List.of()))) {
                tolerates(new Invocation.Body(type, null, Math.min(headerLength, bytes.length), bytes), signature);
            }
        }
    }

    @Property(tries = 5_000, edgeCases = EdgeCasesMode.NONE)
    void answersDamagedBodiesWithTensorsOrARefusalOfItsOwn(
            @ForAll Golden golden,
            @ForAll @IntRange(max = 400) int at,
            @ForAll byte value,
            @ForAll @IntRange(max = 3) int how) {
        Invocation.Body sent = golden.request();
        byte[] bytes = sent.bytes();
        int place = at % bytes.length;
        byte[] damaged = switch (how) {
            case 0 -> Arrays.copyOf(bytes, place);
            case 1 -> replaced(bytes, place, value);
            case 2 -> replaced(bytes, place, (byte) "{}[],:\"0-e9".charAt(Math.floorMod(value, 11)));
            default -> Arrays.copyOf(bytes, bytes.length + place);
        };

        tolerates(
                new Invocation.Body(sent.contentType(), null, Math.min(sent.headerLength(), damaged.length), damaged),
                golden.signature());
    }

    private void tolerates(Invocation.Body body, Signature signature) {
        try {
            assertThat(codecs.open(body).decode(signature)).isNotNull();
        } catch (RemoraException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST);
            assertThat(e.getMessage()).hasSizeLessThan(1_000);
        }
    }

    private static byte[] replaced(byte[] bytes, int at, byte value) {
        byte[] copy = bytes.clone();
        copy[at] = value;
        return copy;
    }

    private InferenceInput decode(String contentType, String text, Signature signature) {
        return codecs.open(new Invocation.Body(contentType, null, -1, text.getBytes(StandardCharsets.UTF_8)))
                .decode(signature);
    }

    private static Signature one(DataType type, long... shape) {
        return new Signature(
                List.of(new TensorSpec("x", type, Arrays.stream(shape).boxed().toList())), List.of());
    }
}
