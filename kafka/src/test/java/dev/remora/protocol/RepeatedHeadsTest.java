package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RepeatedHeadsTest {
    private static final Signature ANY =
            new Signature(List.of(), List.of(new TensorSpec("y", DataType.FP32, List.of(-1L))));
    private static final Signature OTHER =
            new Signature(List.of(), List.of(new TensorSpec("z", DataType.FP32, List.of(-1L))));
    private static final String X = "{'name':'x','datatype':'FP32','shape':[2],'parameters':{'binary_data_size':8}}";
    private static final List<String> HEADS = List.of(
            "{'inputs':[" + X + "]}",
            "{'inputs':[" + X + "],'parameters':{'binary_data_output':true}}",
            "{'inputs':[" + X + "],'outputs':[{'name':'y'}],'parameters':{'binary_data_output':true}}",
            "{'inputs':[" + X + "],'outputs':[{'name':'y','parameters':{'binary_data':false}},{'name':'z'}]}",
            "{'id':'a','inputs':[" + X + "]}",
            "{'inputs':[" + X + ",{'name':'w','datatype':'INT64','shape':[1],'data':[7]}]}",
            "{'inputs':[{'name':'s','datatype':'BYTES','shape':[1],'parameters':{'binary_data_size':8}}]}",
            "{'inputs':[{'name':'x','datatype':'FP32','shape':[3],'parameters':{'binary_data_size':8}}]}",
            "{'inputs':[]}",
            "{'inputs':[" + X + "]");

    private final OpenInferenceJson used = new OpenInferenceJson();

    @Property
    void sayTheSameEachTimeAsWhenTheyAreReadAnew(
            @ForAll @IntRange(max = 9) int head, @ForAll @IntRange(max = 17) int rawBytes, @ForAll long seed) {
        byte[] json = HEADS.get(head).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        byte[] bytes = Arrays.copyOf(json, json.length + rawBytes);
        Random random = new Random(seed);
        Signature signature = random.nextBoolean() ? ANY : OTHER;

        for (int time = 0; time < 3; time++) {
            for (int i = json.length; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
            }

            assertThat(said(used, bytes, json.length, signature))
                    .isEqualTo(said(new OpenInferenceJson(), bytes, json.length, signature));
        }
    }

    @Test
    void ofStringsAreRememberedWithoutTheirBytes() {
        byte[] json = HEADS.get(6).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        byte[] right = Arrays.copyOf(json, json.length + 8);
        right[json.length] = 4;
        byte[] wrong = right.clone();
        wrong[json.length] = 5;

        InferenceInput first = used.decode(body(right, json.length), ANY);

        assertThat(first.tensors().get(0).strings()).containsExactly("\0\0\0\0");
        assertThat(said(used, wrong, json.length, ANY))
                .contains("ends inside an element")
                .isEqualTo(said(new OpenInferenceJson(), wrong, json.length, ANY));
    }

    @Test
    void ofSeveralTensorsSayWhereEachBegins() {
        List<Tensor> sent = List.of(
                Tensor.longs("a", new long[] {1}, 7),
                Tensor.floats("b", new long[] {3}, 1, 2, 3),
                Tensor.longs("c", new long[] {2}, 8, 9));
        EncodedBody request = used.encodeRequest(sent, List.of());

        for (int time = 0; time < 2; time++) {
            List<Tensor> read = used.decode(body(request.bytes(), request.headerLength()), ANY)
                    .tensors();

            assertThat(read.get(0).longs()).containsExactly(7);
            assertThat(read.get(1).floats()).containsExactly(1, 2, 3);
            assertThat(read.get(2).longs()).containsExactly(8, 9);
        }
    }

    @Test
    void ofRepliesAreWrittenOnce() {
        WrittenHeads heads = new WrittenHeads();
        byte[] json = {1};
        heads.add(answer(Tensor.floats("y", new long[] {2}, 1, 2)), json);

        assertThat(heads.of(answer(Tensor.floats("y", new long[] {2}, 3, 4)))).isSameAs(json);
        assertThat(heads.of(answer(Tensor.of("y", DataType.INT32, new long[] {2}, ByteBuffer.allocate(8)))))
                .isNull();
        assertThat(heads.of(answer(Tensor.floats("y", new long[] {1, 2}, 3, 4))))
                .isNull();
        assertThat(heads.of(answer(Tensor.floats("y", new long[] {2}, 3, 4), Tensor.floats("z", new long[] {0}))))
                .isNull();
    }

    private static PayloadCodec.Answer answer(Tensor... outputs) {
        return new PayloadCodec.Answer(new ModelName("m"), "v", List.of(outputs));
    }

    @Test
    void areReadOnce() {
        byte[] json = HEADS.get(2).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        byte[] bytes = Arrays.copyOf(json, json.length + 8);

        InferenceInput first = used.decode(body(bytes, json.length), ANY);
        InferenceInput second = used.decode(body(bytes.clone(), json.length), ANY);
        InferenceInput third = used.decode(body(bytes.clone(), json.length), ANY);

        assertThat(second.outputs()).isEqualTo(first.outputs());
        assertThat(third.outputs()).isSameAs(second.outputs());
    }

    @Property
    void ofRepliesAreWrittenAsAnew(
            @ForAll @IntRange(max = 2) int model, @ForAll @IntRange(max = 2) int version, @ForAll long seed) {
        Random random = new Random(seed);
        Tensor floats = Tensor.floats("y", new long[] {1, 2}, random.nextFloat(), 1);
        Tensor others = Tensor.floats(random.nextBoolean() ? "y" : "z", new long[] {2}, random.nextFloat(), 1);
        List<Tensor> outputs = random.nextBoolean() ? List.of(floats) : List.of(others);
        PayloadCodec.Answer answer =
                new PayloadCodec.Answer(new ModelName("m" + model), "v" + version, List.copyOf(outputs));
        String id = random.nextInt(4) == 0 ? "id" : null;
        InferenceInput request = new InferenceInput(id, List.of(), List.of(), Set.of("y"));
        String wanted = random.nextBoolean() ? MediaType.BYTES : null;

        EncodedBody reply = used.encode(answer, request, wanted);

        EncodedBody anew = new OpenInferenceJson().encode(answer, request, wanted);
        assertThat(reply).usingRecursiveComparison().isEqualTo(anew);
    }

    private static Invocation.Body body(byte[] bytes, int headLength) {
        return new Invocation.Body(MediaType.BYTES, null, headLength, bytes);
    }

    /** All that can be seen of what was read, or what was wrong. */
    private static String said(OpenInferenceJson codec, byte[] bytes, int headLength, Signature signature) {
        StringBuilder said = new StringBuilder();
        @Nullable
        Throwable failure = catchThrowable(() -> {
            InferenceInput input = codec.decode(body(bytes, headLength), signature);
            said.append(input)
                    .append(input.tensors().stream()
                            .map(each -> each.data().duplicate())
                            .map(data -> {
                                byte[] copy = new byte[data.remaining()];
                                data.get(copy);
                                return Arrays.toString(copy);
                            })
                            .toList());
        });
        return said.append(failure).toString();
    }
}
