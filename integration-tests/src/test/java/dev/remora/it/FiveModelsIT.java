package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.launcher.TarGz;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real models of five kinds, answered through Kafka as ONNX Runtime answers when it is called directly: bit by bit. */
class FiveModelsIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(FiveModelsIT.class);

    @BeforeAll
    static void start() throws IOException {
        ENDPOINT.start(ENDPOINT.settings("one").with("remora.request.max-bytes", "8MiB"));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void sentenceEmbedding() throws Exception {
        long[] ids = {101, 2129, 2079, 1045, 25141, 2026, 20786, 1029, 102};
        long[] shape = {1, ids.length};

        assertAnswersAlike(
                "sentences/all-minilm-l6-v2-q.onnx",
                Models.miniLm(),
                Tensor.longs("input_ids", shape, ids),
                Tensor.longs(
                        "attention_mask",
                        shape,
                        LongStream.generate(() -> 1).limit(ids.length).toArray()),
                Tensor.longs("token_type_ids", shape, new long[ids.length]));
    }

    @Test
    void voiceActivity() throws Exception {
        assertAnswersAlike(
                "voice/silero_vad_v5.onnx",
                Models.shared("silero_vad_v5.onnx"),
                random("input", 1, 512),
                Tensor.floats("state", new long[] {2, 1, 128}, new float[256]),
                Tensor.longs("sr", new long[0], 16_000));
    }

    @Test
    void textDetection() throws Exception {
        assertAnswersAlike("ocr/det.onnx", Models.shared("ch_PP-OCRv4_det_infer.onnx"), random("x", 1, 3, 64, 96));
    }

    @Test
    void textDirection() throws Exception {
        assertAnswersAlike(
                "ocr/cls.onnx", Models.shared("ch_ppocr_mobile_v2.0_cls_infer.onnx"), random("x", 1, 3, 48, 192));
    }

    @Test
    void tinyNet() throws Exception {
        assertAnswersAlike("tiny.onnx", TinyNet.of(5).onnx(), random("x", 7, 4));
    }

    @Test
    void tinyNetInAnArchive() throws Exception {
        byte[] model = TinyNet.of(6).onnx();
        Tensor input = random("x", 2, 4);
        ENDPOINT.upload("tiny.tar.gz", TarGz.of(Map.of("model/net.onnx", model)));

        InferenceReply reply = infer("tiny.tar.gz", List.of(input));

        assertThat(reply.tensors().get(0).floats())
                .isEqualTo(Oracle.run(model, List.of(input)).get(0));
    }

    private static void assertAnswersAlike(String name, byte[] model, Tensor... inputs) throws Exception {
        String version = ENDPOINT.upload(name, model);

        InferenceReply reply = infer(name, Arrays.asList(inputs));

        List<float[]> expected = Oracle.run(model, Arrays.asList(inputs));
        assertThat(reply.tensors()).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(reply.tensors().get(i).floats()).isEqualTo(expected.get(i));
        }
        assertThat(reply.modelVersion()).isEqualTo(version);
    }

    private static InferenceReply infer(String name, List<Tensor> inputs) throws Exception {
        return ENDPOINT.client().infer(name, InferenceRequest.tensors(inputs)).get(2, TimeUnit.MINUTES);
    }

    private static Tensor random(String name, long... shape) {
        Random random = new Random(name.hashCode());
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return Tensor.floats(name, shape, values);
    }
}
