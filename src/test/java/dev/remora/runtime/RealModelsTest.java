package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.remora.protocol.DataType;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models that people use, held against ONNX Runtime called directly. They are no part of the repository: skipped where
 * {@code -Dremora.models.dir} (else {@code ../shared/models} beside the repository) does not hold them.
 */
class RealModelsTest {
    private static final String VOICE = "silero_vad_v5.onnx";
    private static final String TEXT_DETECTION = "ch_PP-OCRv4_det_infer.onnx";
    private static final String TEXT_DIRECTION = "ch_ppocr_mobile_v2.0_cls_infer.onnx";

    private final Path folder;
    private final OnnxRuntime runtime;

    RealModelsTest(@TempDir Path folder) {
        this.folder = folder;
        this.runtime = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
    }

    @BeforeEach
    void findModels() {
        assumeTrue(Files.isDirectory(models()), "no real models at " + models() + ": give -Dremora.models.dir");
    }

    @AfterEach
    void stop() {
        runtime.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {VOICE, TEXT_DETECTION, TEXT_DIRECTION})
    void answersAsOnnxRuntimeDoes(String name) throws Exception {
        List<Tensor> inputs = inputsOf(name);

        try (LoadedModel model = load(name)) {
            assertThat(values(model.run(inputs, List.of(), Duration.ofMinutes(1))))
                    .isEqualTo(directly(name, inputs));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {VOICE, TEXT_DETECTION, TEXT_DIRECTION})
    void answersTheSameInItsOptimizedForm(String name) throws Exception {
        List<Tensor> inputs = inputsOf(name);
        OptimizedForm form = runtime.optimizedForm().orElseThrow();
        Path file = folder.resolve("optimized");

        try (LoadedModel model = load(name)) {
            assertThat(form.write(folder, file)).isTrue();
            try (LoadedModel optimized = form.load(file)) {
                assertThat(values(optimized.run(inputs, List.of(), Duration.ofMinutes(1))))
                        .isEqualTo(values(model.run(inputs, List.of(), Duration.ofMinutes(1))));
                assertThat(optimized.signature()).isEqualTo(model.signature());
                assertThat(optimized.measuredBytes().orElse(1))
                        .isLessThan(model.measuredBytes().orElse(2));
            }
        }
    }

    @Test
    void answersEqualAnswersOnManyThreads() throws Exception {
        List<Tensor> inputs = inputsOf(VOICE);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (LoadedModel model = load(VOICE)) {
            Map<String, ByteBuffer> alone = values(model.run(inputs, List.of(), Duration.ofMinutes(1)));
            List<Future<Map<String, ByteBuffer>>> together = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                together.add(threads.submit(() -> values(model.run(inputs, List.of(), Duration.ofMinutes(1)))));
            }

            for (Future<Map<String, ByteBuffer>> one : together) {
                assertThat(one.get()).isEqualTo(alone);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {VOICE, TEXT_DETECTION, TEXT_DIRECTION})
    void staysWithinTheEstimate(String name) throws IOException {
        try (LoadedModel model = load(name)) {
            long estimate = runtime.estimateBytes(folder);

            assertThat(model.measuredBytes().orElse(1)).isBetween(1L, estimate);
        }
    }

    private static List<Tensor> inputsOf(String name) {
        return switch (name) {
            case VOICE ->
                List.of(
                        noise("input", 1, 512),
                        Tensor.floats("state", new long[] {2, 1, 128}, new float[256]),
                        Tensor.longs("sr", new long[0], 16_000));
            case TEXT_DETECTION -> List.of(noise("x", 1, 3, 64, 96));
            default -> List.of(noise("x", 1, 3, 48, 192));
        };
    }

    private static Tensor noise(String name, long... shape) {
        Random random = new Random(11);
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.floats(name, shape, values);
    }

    private LoadedModel load(String name) throws IOException {
        Files.copy(models().resolve(name), folder.resolve(name));
        return runtime.load(folder);
    }

    private static Map<String, ByteBuffer> values(List<Tensor> tensors) {
        Map<String, ByteBuffer> values = new HashMap<>();
        tensors.forEach(tensor -> values.put(tensor.name(), tensor.data()));
        return values;
    }

    /** The same, with the session options and the buffers that ONNX Runtime takes by itself. */
    private static Map<String, ByteBuffer> directly(String name, List<Tensor> inputs) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> given = new HashMap<>();
        for (Tensor input : inputs) {
            ByteBuffer data =
                    ByteBuffer.allocateDirect(input.data().remaining()).order(ByteOrder.nativeOrder());
            data.put(input.data()).flip();
            OnnxJavaType type = input.type() == DataType.FP32 ? OnnxJavaType.FLOAT : OnnxJavaType.INT64;
            given.put(input.name(), OnnxTensor.createTensor(environment, data, input.shape(), type));
        }
        Map<String, ByteBuffer> values = new HashMap<>();
        try (OrtSession session =
                        environment.createSession(models().resolve(name).toString());
                OrtSession.Result result = session.run(given)) {
            result.forEach(output -> values.put(output.getKey(), ((OnnxTensor) output.getValue()).getByteBuffer()));
        }
        given.values().forEach(OnnxTensor::close);
        return values;
    }

    private static Path models() {
        String given = System.getProperty("remora.models.dir");
        return given != null
                ? Path.of(given)
                : repository().resolveSibling("shared").resolve("models");
    }

    /** Tests run in the module's folder, or in the repository itself. */
    private static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        Path parent = here.getParent();
        return Files.isDirectory(here.resolve("src")) || parent == null ? here : parent;
    }
}
