package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.remora.Await;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static OnnxRuntime runtime;

    private final Path folder;

    OnnxRuntimeTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeAll
    static void start() {
        runtime = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
    }

    @AfterAll
    static void stop() {
        runtime.close();
    }

    @Test
    void stopsWhatStillRunsWhenItCloses() throws Exception {
        write("model.onnx", TinyNets.slow());
        OnnxRuntime closing = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        LoadedModel model = closing.load(folder);
        CompletableFuture<List<Tensor>> run = CompletableFuture.supplyAsync(
                () -> model.run(List.of(Tensor.longs("n", new long[] {}, Long.MAX_VALUE)), List.of(), LIMIT));
        Await.until(() -> closing.workspaces().inUse() == 1);

        closing.close();

        assertThat(run).failsWithin(LIMIT);
        assertThat(closing.workspaces().inUse()).isZero();
        model.close();
    }

    @Test
    void closesNothingUnderALoadAndLoadsNothingAfterwards() throws Exception {
        write("model.onnx", TinyNets.scale(2));
        OnnxRuntime closing = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        AtomicInteger loads = new AtomicInteger();
        List<CompletableFuture<ErrorCode>> loaders = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> loadUntilRefused(closing, loads), task -> new Thread(task).start()))
                .toList();
        Await.until(() -> loads.get() > 20);

        closing.close();

        assertThat(loaders)
                .allSatisfy(loader -> assertThat(loader).succeedsWithin(LIMIT).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    private ErrorCode loadUntilRefused(OnnxRuntime closing, AtomicInteger loads) {
        while (true) {
            try (LoadedModel model = closing.load(folder)) {
                assertThat(model.signature().inputs()).isNotEmpty();
                loads.incrementAndGet();
            } catch (RemoraException e) {
                return e.code();
            }
        }
    }

    @Test
    void acceptsWhatItWouldLoad() throws IOException {
        write("model.onnx", TinyNets.scale(2));

        assertThat(runtime.accepts(folder)).isTrue();
        assertThat(runtime.id()).isEqualTo("onnx");
    }

    @Test
    void acceptsNothingElse() throws IOException {
        write("model.json", "{}".getBytes(StandardCharsets.UTF_8));

        assertThat(runtime.accepts(folder)).isFalse();
    }

    @Test
    void refusesATextFileThatIsNamedAsAModel() throws IOException {
        write("model.onnx", "this is no model".getBytes(StandardCharsets.UTF_8));

        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> runtime.load(folder));

        assertThat(refused.code()).isEqualTo(ErrorCode.MODEL_INVALID);
        assertThat(refused.getMessage())
                .startsWith("ONNX Runtime does not load the model: ")
                .contains("model.onnx")
                .doesNotContain(folder.toString(), "\n", "Error code");
    }

    @Test
    void refusesAModelThatIsCutOff() throws IOException {
        byte[] whole = TinyNets.mlp(1, 100);
        write("model.onnx", Arrays.copyOf(whole, whole.length / 2));

        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> runtime.load(folder));

        assertThat(refused.code()).isEqualTo(ErrorCode.MODEL_INVALID);
    }

    @Test
    void refusesAModelWhoseOutputIsNoTensor() throws IOException {
        write("model.onnx", TinyNets.sequence());

        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> runtime.load(folder));

        assertThat(refused.code()).isEqualTo(ErrorCode.MODEL_INVALID);
        assertThat(refused).hasMessage("The model's output 'y' is a sequence, and only tensors can be sent.");
        assertThat(refused.remedy()).contains("zipmap=False");
    }

    @Test
    void survivesModelsThatWereDamagedAtRandom() throws IOException {
        Random random = new Random(7);
        byte[] whole = TinyNets.mlp(3, 20);
        int loaded = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            write("model.onnx", damaged);
            loaded += loadsAndRuns() ? 1 : 0;
        }

        // Most hits are in the weights, which nothing can tell from others: that is what checksums are for.
        assertThat(loaded).isBetween(1, 299);
    }

    private boolean loadsAndRuns() {
        try (LoadedModel model = runtime.load(folder)) {
            model.run(List.of(Tensor.floats("x", new long[] {1, 8}, new float[8])), List.of(), LIMIT);
            return true;
        } catch (RemoraException e) {
            assertThat(e.code()).isNotEqualTo(ErrorCode.INTERNAL);
            return false;
        }
    }

    @Test
    void estimatesMoreThanAModelTurnsOutToNeed() throws IOException {
        write("model.onnx", TinyNets.mlp(1, 100_000));

        try (LoadedModel model = runtime.load(folder)) {
            assumeThat(model.measuredBytes()).as("measured").isPresent();
            assertThat(runtime.estimateBytes(folder))
                    .isGreaterThan(model.measuredBytes().getAsLong());
        }
    }

    @Test
    void measuresAModelAndFreesItWhenItIsClosed() throws IOException {
        assumeThat(MemoryReading.read()).as("glibc's figures").isPresent();
        write("model.onnx", TinyNets.mlp(1, 1_000_000));
        long weights = 12L * 1_000_000 * Float.BYTES;
        long before = allocated();

        LoadedModel model = runtime.load(folder);
        long during = allocated();
        model.close();
        long after = allocated();

        assertThat(during - before).isBetween(weights, 3 * weights);
        assertThat(model.measuredBytes()).isPresent();
        assertThat(model.measuredBytes().getAsLong()).isBetween(weights, 3 * weights);
        assertThat(after - before).isLessThan(weights / 10);
    }

    @Test
    void measuresNothingWhileSomethingElseRuns() throws IOException {
        write("model.onnx", TinyNets.mlp(1, 1000));

        runtime.activity().begin();
        LoadedModel disturbed = runtime.load(folder);
        runtime.activity().end();
        disturbed.close();

        assertThat(disturbed.measuredBytes()).isEmpty();
    }

    @Test
    void countsWeightsThatLieInTheirOwnFile() throws IOException {
        assumeThat(MemoryReading.read()).as("glibc's figures").isPresent();
        int rows = 5_000_000;
        long weights = (long) rows * Float.BYTES;
        write("weights.bin", new byte[(int) weights]);
        write("model.onnx", TinyNets.externalLookup("weights.bin", rows));

        try (LoadedModel model = runtime.load(folder)) {
            assertThat(model.measuredBytes()).isPresent();
            assertThat(model.measuredBytes().getAsLong()).isBetween(weights, 2 * weights);
            assertThat(runtime.estimateBytes(folder)).isGreaterThan(weights);
        }
    }

    @Test
    void holdsAThousandSmallModels() throws IOException {
        List<Path> folders = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Path one = Files.createDirectories(folder.resolve("m" + i));
            Files.write(one.resolve("model.onnx"), TinyNets.mlp(i, 16));
            folders.add(one);
        }
        int threads = threads();
        long began = System.nanoTime();
        List<LoadedModel> models = folders.stream().map(runtime::load).toList();
        int during = threads();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        float[] x = {1, 2, 3, 4, 5, 6, 7, 8};

        float[] last = models.get(999)
                .run(List.of(Tensor.floats("x", new long[] {1, 8}, x)), List.of(), LIMIT)
                .get(0)
                .floats();
        models.forEach(LoadedModel::close);

        assertThat(last).usingComparatorWithPrecision(1e-3f).containsExactly(TinyNets.mlpAnswer(999, 16, x));
        assertThat(during).isLessThan(threads + 100);
        assertThat(took).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void keepsNothingOfARunThatWasLarge() throws IOException {
        assumeThat(MemoryReading.read()).as("glibc's figures").isPresent();
        write("model.onnx", TinyNets.scale(2));
        float[] large = new float[40 << 20 >> 2];
        try (LoadedModel model = runtime.load(folder)) {
            long before = allocated();

            model.run(List.of(Tensor.floats("x", new long[] {large.length / 4, 4}, large)), List.of(), LIMIT);

            assertThat(allocated() - before).isLessThan(20 << 20);
        }
    }

    /** All threads of the process, ONNX Runtime's too; 0 where the system does not tell. */
    private static int threads() {
        String[] tasks = new File("/proc/self/task").list();
        return tasks == null ? 0 : tasks.length;
    }

    private static long allocated() {
        return MemoryReading.read().orElseThrow().allocatedBytes();
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }
}
