package dev.remora.it.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OddNetsTest {
    @Test
    void countsAsOftenAsAsked() throws OrtException {
        float[][] answer = run(OddNets.counting(20_000), new float[][] {{1, 2, 3, 4}});

        assertThat(answer[0]).containsExactly(20_001, 20_002, 20_003, 20_004);
    }

    @Test
    void failsWhenItRunsAndNotBefore() throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        environment.createSession(OddNets.failing()).close();

        assertThatThrownBy(() -> run(OddNets.failing(), new float[][] {{1, 2, 3, 4}}))
                .isInstanceOf(OrtException.class);
    }

    private static float[][] run(byte[] net, float[][] x) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(net);
                OnnxTensor tensor = OnnxTensor.createTensor(environment, x);
                OrtSession.Result result = session.run(Map.of("x", tensor))) {
            return (float[][]) result.get(0).getValue();
        }
    }
}
