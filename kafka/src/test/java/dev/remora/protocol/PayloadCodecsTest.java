package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadCodecsTest {
    private static final Signature ONE = Golden.CSV.signature();
    private static final Signature TWO = Golden.INSTANCES_KEYED.signature();
    private static final String V2 =
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[1,2,3]}]}";

    private final PayloadCodecs codecs = PayloadCodecs.standard();

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "Application/JSON; charset=utf-8", " application/json ;x=y"})
    void readsContentTypesAsHttpDoes(String contentType) {
        assertThat(decode(contentType, V2, ONE).tensors()).hasToString("[x:FP32[1, 3]]");
    }

    @Test
    void namesWhatItSupportsWhenAContentTypeIsUnknown() {
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> codecs.open(body("application/x-npy", null, "")))
                .withMessage("The header 'content-type' is 'application/x-npy'; supported are application/json,"
                        + " application/octet-stream, text/csv.")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CONTENT_TYPE));
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> codecs.open(body("text/csv", "image/png", "")))
                .withMessageStartingWith("The header 'accept' is 'image/png'")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CONTENT_TYPE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*/*                              | text/csv",
                "text/*                           | text/csv",
                "application/*                    | application/json",
                "application/json                 | application/json",
                "image/png, application/json;q=0.5| application/json",
                "text/csv;q=0.1, application/json | application/json",
                "text/csv;q=0, application/json   | application/json",
                "application/json; q=0.2, text/csv; q=0.3 | text/csv"
            })
    void repliesInTheKindThatIsMostWanted(String accept, String contentType) {
        PayloadExchange exchange = codecs.open(body("text/csv", accept, "1,2,3"));

        InferenceInput input = exchange.decode(ONE);

        assertThat(exchange.encode(Golden.CSV.answer(), input).contentType()).isEqualTo(contentType);
    }

    @Test
    void answersOtherKindsInTheOpenInferenceProtocolWhenJsonIsAccepted() {
        PayloadExchange exchange = codecs.open(body("text/csv", "application/json", "1,2,3"));

        EncodedBody reply = exchange.encode(Golden.CSV.answer(), exchange.decode(ONE));

        assertThat(new String(reply.bytes(), StandardCharsets.UTF_8)).contains("\"outputs\":[{\"name\":\"label\"");
    }

    @Test
    void answersJsonWithRawTensorsWhenBytesAreAccepted() {
        PayloadExchange exchange = codecs.open(body("application/json", "application/octet-stream", V2));

        EncodedBody reply = exchange.encode(Golden.CSV.answer(), exchange.decode(ONE));

        assertThat(reply.headerLength()).isPositive();
        assertThat(new OpenInferenceJson().decodeReply(reply.bytes(), reply.headerLength()))
                .hasSize(2);
    }

    @Test
    void answersInstancesWithPredictionsEvenIfSomethingStandsBeforeThem() {
        String json = "{\"signature_name\":\"x\",\"parameters\":{\"inputs\":[{}]},\"instances\":[[1,2,3]]}";
        PayloadExchange exchange = codecs.open(body("application/json", "application/json", json));

        EncodedBody reply = exchange.encode(Golden.CSV.answer(), exchange.decode(ONE));

        assertThat(new String(reply.bytes(), StandardCharsets.UTF_8)).startsWith("{\"predictions\":[");
    }

    @Test
    void readsFieldsOfATensorInAnyOrderAndTakesFlatData() {
        String json = "{\"inputs\":[{\"data\":[[1,2,3],[4,5,6]],\"parameters\":{\"a\":{\"b\":[1]}},\"shape\":[2,3],"
                + "\"x\":[{}],\"datatype\":\"FP32\",\"name\":\"x\"}]}";

        assertThat(decode("application/json", json, ONE).tensors().get(0).floats())
                .containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void fitsRowsToTheShapeThatTheModelDeclares() {
        Signature column = one(DataType.FP32, -1, 1);
        Signature image = one(DataType.FP32, -1, 2, 2);
        Signature single = one(DataType.FP32, 3);

        assertThat(decode("application/json", "{\"instances\":[1,2]}", column).tensors())
                .hasToString("[x:FP32[2, 1]]");
        assertThat(decode("text/csv", "1,2,3,4\n5,6,7,8", image).tensors()).hasToString("[x:FP32[2, 2, 2]]");
        assertThat(decode("text/csv", "1,2,3", single).tensors()).hasToString("[x:FP32[3]]");
        assertThat(decode("application/octet-stream", "12345678", image.inputs().get(0), 16))
                .hasToString("[x:FP32[1, 2, 2]]");
    }

    @Test
    void takesRawBytesAsTheOneStringOfAModelThatWantsStrings() {
        InferenceInput input = decode("application/octet-stream", "any bytes", one(DataType.BYTES, -1));

        assertThat(input.tensors().get(0).strings()).containsExactly("any bytes");
    }

    @Test
    void refusesKindsOfReplyThatCannotHoldTheOutputs() {
        List<Tensor> uneven =
                List.of(Tensor.longs("a", new long[] {2}, 1, 2), Tensor.longs("b", new long[] {3}, 1, 2, 3));
        PayloadCodec.Answer answer = new PayloadCodec.Answer(new ModelName("m"), "v", uneven);

        for (PayloadCodec codec : List.of(new InstancesJson(), new CsvCodec(), new RawTensorCodec())) {
            assertThatExceptionOfType(RemoraException.class)
                    .isThrownBy(() -> codec.encode(answer, null, null))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CONTENT_TYPE));
        }
    }

    @Test
    void quotesStringsInCsvWhereTheyMustBe() {
        Tensor labels = Tensor.strings("label", new long[] {3}, "plain", "a,b", "say \"x\"\n");
        PayloadCodec.Answer answer = new PayloadCodec.Answer(new ModelName("m"), "v", List.of(labels));

        assertThat(new String(new CsvCodec().encode(answer, null, null).bytes(), StandardCharsets.UTF_8))
                .isEqualTo("plain\n\"a,b\"\n\"say \"\"x\"\"\n\"\n");
    }

    @Test
    void takesFurtherKindsBeforeItsOwn() {
        PayloadCodec npy = new PayloadCodec() {
            @Override
            public Set<String> contentTypes() {
                return Set.of("application/x-npy");
            }

            @Override
            public InferenceInput decode(Invocation.Body body, Signature signature) {
                return new InferenceInput("npy", List.of(), List.of(), Set.of());
            }

            @Override
            public EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType) {
                return new EncodedBody("application/x-npy", -1, new byte[0]);
            }
        };
        PayloadCodecs more = new PayloadCodecs(List.of(npy, new CsvCodec()));

        PayloadExchange exchange = more.open(body("application/x-npy", null, ""));

        assertThat(exchange.decode(new Signature(List.of(), List.of())).id()).isEqualTo("npy");
        assertThat(more.contentTypes()).containsExactlyInAnyOrder("application/x-npy", "text/csv");
    }

    private InferenceInput decode(String contentType, String text, Signature signature) {
        return codecs.open(body(contentType, null, text)).decode(signature);
    }

    private List<Tensor> decode(String contentType, String text, TensorSpec spec, int bytes) {
        byte[] padded = Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), bytes);
        return codecs.open(new Invocation.Body(contentType, null, -1, padded))
                .decode(new Signature(List.of(spec), List.of()))
                .tensors();
    }

    private static Invocation.Body body(@Nullable String contentType, @Nullable String accept, String text) {
        return new Invocation.Body(contentType, accept, -1, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Signature one(DataType type, long... shape) {
        return new Signature(
                List.of(new TensorSpec("x", type, Arrays.stream(shape).boxed().toList())), List.of());
    }
}
