package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxOptimizedFormTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int HIDDEN = 20_000;

    private final Path folder;
    private final Path file;
    private OnnxRuntime runtime;
    private OptimizedForm form;

    OnnxOptimizedFormTest(@TempDir Path root) throws IOException {
        folder = Files.createDirectory(root.resolve("artifact"));
        file = root.resolve("optimized");
    }

    @BeforeEach
    void start() {
        runtime = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        form = runtime.optimizedForm().orElseThrow();
    }

    @AfterEach
    void stop() {
        runtime.close();
    }

    private void artifact(byte[] model) throws IOException {
        Files.write(folder.resolve("model.onnx"), model);
    }

    private static float[] answer(LoadedModel model, float[] x) {
        return model.run(List.of(Tensor.floats("x", new long[] {1, 8}, x)), List.of(), LIMIT)
                .get(0)
                .floats();
    }

    @Test
    void answersTheSameAndTellsTheSameSignature() throws IOException {
        artifact(TinyNets.mlp(5, HIDDEN));
        float[] x = {1, 2, 3, 4, 5, 6, 7, 8};

        assertThat(form.write(folder, file)).isTrue();

        try (LoadedModel plain = runtime.load(folder);
                LoadedModel optimized = form.load(file)) {
            assertThat(answer(optimized, x)).containsExactly(answer(plain, x));
            assertThat(optimized.signature()).isEqualTo(plain.signature());
        }
    }

    @Test
    void isMeasuredLikeAnyModel() throws IOException {
        assumeThat(MemoryReading.read()).as("glibc's figures").isPresent();
        artifact(TinyNets.mlp(5, 1_000_000));
        long weights = 12L * 1_000_000 * Float.BYTES;
        form.write(folder, file);

        try (LoadedModel optimized = form.load(file)) {
            assertThat(optimized.measuredBytes()).isPresent();
            assertThat(optimized.measuredBytes().getAsLong()).isBetween(weights, 3 * weights);
        }
    }

    @Test
    void isNotMadeOfWhatLoadsAtOnceOrHasWeightsBeside() throws IOException {
        artifact(TinyNets.mlp(5, 20));
        assertThat(form.write(folder, file)).isFalse();

        Files.write(folder.resolve("weights.bin"), new byte[400_000]);
        artifact(TinyNets.externalLookup("weights.bin", 100_000));
        assertThat(form.write(folder, file)).isFalse();

        assertThat(file).doesNotExist();
    }

    @Test
    void saysWhatIsWrongWithAnArtifactOrAFileThatIsNone() throws IOException {
        artifact(new byte[200_000]);
        Files.write(file, new byte[1000]);

        assertThatThrownBy(() -> form.write(folder, file.resolveSibling("other")))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
        assertThatThrownBy(() -> form.load(file))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
    }

    @Test
    void namesTheVersionAndTheProcessorItWasMadeFor() {
        assertThat(form.key())
                .matches("onnx-[0-9.]+-1-[A-Za-z0-9_-]+-[0-9a-f-]{36}")
                .hasSizeLessThan(200);
    }

    @Test
    void isNeitherMadeNorLoadedOnceTheRuntimeIsClosed() throws IOException {
        artifact(TinyNets.mlp(5, HIDDEN));
        form.write(folder, file);
        OnnxRuntime closing = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        OptimizedForm closed = closing.optimizedForm().orElseThrow();
        closing.close();

        assertThatThrownBy(() -> closed.load(file))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void survivesFilesThatWereDamagedAtRandom() throws IOException {
        artifact(TinyNets.mlp(3, 5000));
        form.write(folder, file);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(7);
        int loaded = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
                // The graph is small, and lies at both ends.
                int from = random.nextInt(random.nextBoolean() ? 3000 : damaged.length);
                damaged[random.nextBoolean() ? from : damaged.length - 1 - from] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            loaded += loadsAndRuns() ? 1 : 0;
        }

        assertThat(loaded).isBetween(1, 299);
    }

    private boolean loadsAndRuns() {
        try (LoadedModel model = form.load(file)) {
            answer(model, new float[8]);
            return true;
        } catch (RemoraException e) {
            assertThat(e.code()).isNotEqualTo(ErrorCode.INTERNAL);
            return false;
        }
    }
}
