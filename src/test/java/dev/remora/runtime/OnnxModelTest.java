package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.remora.Await;
import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxModelTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** Rounds of the slow net that outlast each limit here, yet end by themselves should nothing stop them. */
    private static final long FOR_MANY_SECONDS = 3_000_000;

    private static final List<Thread> THREADS = new ArrayList<>();

    private static OnnxRuntime runtime;

    private final Path folder;

    OnnxModelTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeAll
    static void start() {
        runtime = OnnxRuntime.start(OnnxModelTest::newThread, 32, System::nanoTime);
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task);
        THREADS.add(thread);
        return thread;
    }

    private static Thread watchdog() {
        return THREADS.stream()
                .filter(thread -> thread.getName().equals("remora-run-limit"))
                .findAny()
                .orElseThrow();
    }

    @AfterAll
    static void stop() {
        runtime.close();
    }

    @Test
    void answersAsComputedByHand() throws IOException {
        float[] x = {1, -2, 3, -4, 5, -6, 7, -8};

        try (LoadedModel model = load(TinyNets.mlp(42, 16))) {
            List<Tensor> outputs = model.run(List.of(Tensor.floats("x", shape(1, 8), x)), List.of(), LIMIT);

            assertThat(outputs).hasSize(1);
            assertThat(outputs.get(0).name()).isEqualTo("y");
            assertThat(outputs.get(0).shape()).containsExactly(1, 3);
            assertThat(outputs.get(0).floats())
                    .usingComparatorWithPrecision(1e-4f)
                    .containsExactly(TinyNets.mlpAnswer(42, 16, x));
        }
    }

    @Test
    void tellsItsSignatureWithSymbolicSizesAsMinusOne() throws IOException {
        try (LoadedModel model = load(TinyNets.mlp(1, 4))) {
            assertThat(model.signature().inputs())
                    .containsExactly(new TensorSpec("x", DataType.FP32, List.of(-1L, 8L)));
            assertThat(model.signature().outputs())
                    .containsExactly(new TensorSpec("y", DataType.FP32, List.of(-1L, 3L)));
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
    void carriesEachTypeUnchangedBothWays(DataType type) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(5 * type.bytes());
        for (int i = 0; i < data.capacity(); i++) {
            data.put(i, (byte) (type == DataType.BOOL ? i % 2 : 200 + i));
        }
        Tensor x = Tensor.of("x", type, shape(5), data);

        try (LoadedModel model = load(TinyNets.identity(type))) {
            Tensor y = model.run(List.of(x), List.of(), LIMIT).get(0);

            assertThat(model.signature().inputs().get(0).type()).isEqualTo(type);
            assertThat(y.type()).isEqualTo(type);
            assertThat(y.shape()).containsExactly(5);
            assertThat(y.data()).isEqualTo(x.data());
        }
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void carriesNoElementsAtAll(DataType type) throws IOException {
        try (LoadedModel model = load(TinyNets.identity(type))) {
            Tensor y = model.run(List.of(Tensor.of("x", type, shape(0), ByteBuffer.allocate(0))), List.of(), LIMIT)
                    .get(0);

            assertThat(y.shape()).containsExactly(0);
            assertThat(y.data().remaining()).isZero();
        }
    }

    @Test
    void carriesStringsOfAnyAlphabetBothWays() throws IOException {
        try (LoadedModel model = load(TinyNets.identity(DataType.BYTES))) {
            Tensor x = Tensor.strings("x", shape(5), "plain", "", "gr\u00fc\u00df", "\u4e09\ud83d\ude00", "a\u0000b");

            Tensor y = model.run(List.of(x), List.of(), LIMIT).get(0);

            assertThat(y.strings()).isEqualTo(x.strings());
        }
    }

    @Test
    void givesStringsToTheModelAsUtf8() throws IOException {
        try (LoadedModel model = load(TinyNets.words())) {
            Tensor x = Tensor.strings("x", shape(4), "two", "\u4e09\ud83d\ude00", "none", "one");

            assertThat(model.run(List.of(x), List.of(), LIMIT).get(0).longs()).containsExactly(2, 3, -1, 1);
        }
    }

    @Test
    void carriesBlobsThatAreNoText() throws IOException {
        byte[] blob = {2, 0, 0, 0, (byte) 0xFF, (byte) 0xC0};
        Tensor x = Tensor.of("x", DataType.BYTES, shape(1), ByteBuffer.wrap(blob));

        try (LoadedModel model = load(TinyNets.identity(DataType.BYTES))) {
            assertThat(model.run(List.of(x), List.of(), LIMIT).get(0).data()).isEqualTo(x.data());
        }
    }

    @Test
    void givesOnlyTheOutputsThatAreWantedInTheirOrder() throws IOException {
        try (LoadedModel model = load(TinyNets.sumAndDifference())) {
            List<Tensor> inputs = List.of(Tensor.floats("b", shape(2), 1, 2), Tensor.floats("a", shape(2), 10, 20));

            List<Tensor> swapped = model.run(inputs, List.of("difference", "sum"), LIMIT);
            List<Tensor> one = model.run(inputs, List.of("difference"), LIMIT);

            assertThat(swapped).extracting(Tensor::name).containsExactly("difference", "sum");
            assertThat(swapped.get(0).floats()).containsExactly(9, 18);
            assertThat(swapped.get(1).floats()).containsExactly(11, 22);
            assertThat(one).extracting(Tensor::name).containsExactly("difference");
        }
    }

    @Test
    void answersEqualAnswersOnManyThreadsWithInputsOfManySizes() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (LoadedModel model = load(TinyNets.scale(3))) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                all.add(threads.submit(() -> runAndCompare(model, random)));
            }

            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean runAndCompare(LoadedModel model, Random random) {
        boolean equal = true;
        for (int run = 0; run < 300; run++) {
            float[] x = new float[4 * (1 + random.nextInt(2000))];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextInt(1000);
            }
            float[] y = model.run(List.of(Tensor.floats("x", shape(x.length / 4, 4), x)), List.of(), LIMIT)
                    .get(0)
                    .floats();
            for (int i = 0; i < x.length; i++) {
                equal &= y[i] == 3 * x[i];
            }
        }
        return equal;
    }

    @Test
    void stopsARunAtItsLimitAndServesTheNext() throws IOException {
        try (LoadedModel model = load(TinyNets.slow())) {
            long began = System.nanoTime();
            RemoraException late = catchThrowableOfType(
                    RemoraException.class, () -> model.run(times(FOR_MANY_SECONDS), List.of(), Duration.ofMillis(100)));
            long millis = (System.nanoTime() - began) / 1_000_000;

            assertThat(late.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
            assertThat(late).hasMessageContaining("100 ms");
            assertThat(millis).isCloseTo(100L, within(5_000L));
            assertThat(model.run(times(3), List.of(), LIMIT)).hasSize(1);
        }
    }

    @Test
    void stopsARunAlsoAfterTheWatchdogFellAsleep() throws IOException {
        try (LoadedModel model = load(TinyNets.slow())) {
            model.run(times(1), List.of(), LIMIT);
            Await.until(() -> watchdog().getState() == Thread.State.WAITING);

            RemoraException late = catchThrowableOfType(
                    RemoraException.class, () -> model.run(times(FOR_MANY_SECONDS), List.of(), Duration.ofMillis(50)));

            assertThat(late.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void doesNotBeginARunThatHasNoTimeLeft() throws IOException {
        try (LoadedModel model = load(TinyNets.slow())) {
            RemoraException late = catchThrowableOfType(
                    RemoraException.class, () -> model.run(times(FOR_MANY_SECONDS), List.of(), Duration.ZERO));

            assertThat(late.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void saysThatTheModelFailedWhenTheFaultIsInTheValues() throws IOException {
        try (LoadedModel model = load(TinyNets.lookup())) {
            RemoraException failed = catchThrowableOfType(
                    RemoraException.class, () -> model.run(List.of(Tensor.longs("i", shape(), 7)), List.of(), LIMIT));

            assertThat(failed.code()).isEqualTo(ErrorCode.MODEL_ERROR);
            assertThat(failed.getMessage()).contains("Gather", "7").doesNotContain("/onnxruntime", "\n");
            assertThat(model.run(List.of(Tensor.longs("i", shape(), 2)), List.of(), LIMIT)
                            .get(0)
                            .floats())
                    .containsExactly(30);
        }
    }

    private static List<Tensor> times(long n) {
        return List.of(Tensor.longs("n", shape(), n));
    }

    private LoadedModel load(byte[] bytes) throws IOException {
        Files.write(folder.resolve("model.onnx"), bytes);
        return runtime.load(folder);
    }

    private static long[] shape(long... sizes) {
        return sizes;
    }
}
