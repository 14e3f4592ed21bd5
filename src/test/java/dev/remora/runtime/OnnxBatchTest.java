package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.Tensor;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches through ONNX Runtime itself. */
class OnnxBatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static OnnxRuntime runtime;

    private final Path folder;

    OnnxBatchTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeAll
    static void start() {
        runtime = OnnxRuntime.start(Thread::new, 8, System::nanoTime);
    }

    @AfterAll
    static void stop() {
        runtime.close();
    }

    @Test
    void aSmallNetIsSoonRunWithEightAtOnceAndAnswersAsAlone() throws IOException {
        try (LoadedModel model = load(TinyNets.mlp(3, 16))) {
            Batch batch = runUntilTogether(model, 8);

            assertThat(batch.size()).isEqualTo(8);
            for (int i = 0; i < 8; i++) {
                Request request = request(i);
                Tensor alone = model.run(request.inputs(), List.of(), LIMIT).get(0);
                Tensor together = batch.outputs().get(i).get(0);
                assertThat(together.name()).isEqualTo("y");
                assertThat(together.shape()).containsExactly(1, 3);
                assertThat(together.data()).isEqualTo(alone.data());
            }
        }
    }

    @Test
    void aNetThatQuantisesAllRowsTogetherIsRunOneByOne() throws IOException {
        try (LoadedModel model = load(TinyNets.dynamicallyQuantised())) {
            assertThat(model.batch(100)).isEqualTo(1);
        }
    }

    @Test
    void aNetWhoseRowsLeanOnOneAnotherIsFoundOut() throws IOException {
        try (LoadedModel model = load(TinyNets.lessTheMean())) {
            assertThat(model.batch(100)).isEqualTo(2);

            Batch batch = model.runBatch(List.of(request(1), request(2)), LIMIT).orElseThrow();

            assertThat(batch.outputs().get(1).get(0).floats())
                    .as("as alone: less itself")
                    .containsOnly(0);
            assertThat(model.batch(100)).isEqualTo(1);
        }
    }

    @Test
    void oneThatDoesNotFitLeavesAllToBeRunAlone() throws IOException {
        Request wrong = new Request(List.of(Tensor.floats("x", new long[] {1, 7}, new float[7])), List.of());

        try (LoadedModel model = load(TinyNets.mlp(3, 16))) {
            assertThat(model.runBatch(List.of(wrong, request(1)), LIMIT)).isEmpty();
            assertThat(model.batch(100)).isEqualTo(2);
        }
    }

    private static Batch runUntilTogether(LoadedModel model, int size) {
        for (int i = 0; i < 100_000; i++) {
            int now = model.batch(size);
            List<Request> requests = new ArrayList<>();
            for (int each = 0; each < now; each++) {
                requests.add(request(each));
            }
            Optional<Batch> batch = model.runBatch(requests, LIMIT);
            if (batch.isPresent() && batch.get().size() == size) {
                return batch.get();
            }
        }
        throw new AssertionError("never ran " + size + " at once; goes as far as " + model.batch(size));
    }

    private static Request request(int seed) {
        float[] x = new float[8];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.sin(seed * 10 + i);
        }
        return new Request(List.of(Tensor.floats("x", new long[] {1, 8}, x)), List.of());
    }

    private LoadedModel load(byte[] net) throws IOException {
        Files.write(folder.resolve("model.onnx"), net);
        return runtime.load(folder);
    }
}
