package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.remora.bench.Variant;
import dev.remora.launcher.TinyNet;
import java.nio.FloatBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelsTest {
    @Test
    void knowWhatTheTinyNetAnswers() throws Exception {
        TinyNet net = TinyNet.of(42);
        float[] x = {0.5f, -1, 2, 0.25f};

        float[] y = run(net.onnx(), x);

        assertThat(y).hasSize(3);
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).isCloseTo(net.answer(x)[i], within(1e-5f));
        }
        assertThat(TinyNet.of(43).answer(x)).isNotEqualTo(net.answer(x));
        assertThat(TinyNet.ofBytes(200_000, 1).onnx()).hasSizeBetween(200_000, 201_000);
    }

    @Test
    void makeVariantsThatAnswerAlike() throws Exception {
        byte[] model = TinyNet.of(42).onnx();

        byte[] variant = Variant.of(model, "number 7");

        assertThat(variant).isNotEqualTo(model);
        assertThat(run(variant, 1, 2, 3, 4)).isEqualTo(run(model, 1, 2, 3, 4));
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(variant)) {
            assertThat(session.getMetadata().getCustomMetadata()).containsEntry("variant", "number 7");
        }
    }

    private static float[] run(byte[] model, float... x) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(model);
                OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(x), new long[] {1, x.length});
                OrtSession.Result result = session.run(Map.of("x", input))) {
            return ((float[][]) result.get(0).getValue())[0];
        }
    }
}
