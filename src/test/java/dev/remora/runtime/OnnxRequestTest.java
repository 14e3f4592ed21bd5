package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that do not fit the model: refused in words that the sender understands, before native code sees them. */
class OnnxRequestTest {
    private static OnnxRuntime runtime;
    private static LoadedModel pair;
    private static LoadedModel scale;
    private static LoadedModel lookup;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        runtime = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        pair = load(folder.resolve("pair"), TinyNets.sumAndDifference());
        scale = load(folder.resolve("scale"), TinyNets.scale(2));
        lookup = load(folder.resolve("lookup"), TinyNets.lookup());
    }

    @AfterAll
    static void stop() {
        Stream.of(pair, scale, lookup).forEach(LoadedModel::close);
        runtime.close();
    }

    static Stream<Arguments> badInputs() {
        Tensor a = Tensor.floats("a", shape(1), 1);
        Tensor b = Tensor.floats("b", shape(1), 1);
        Tensor c = Tensor.floats("c", shape(1), 1);
        return Stream.of(
                Arguments.of(pair, List.of(), "The model also needs the inputs 'a' FP32[-1], 'b' FP32[-1]."),
                Arguments.of(pair, List.of(a), "The model also needs the input 'b' FP32[-1]."),
                Arguments.of(
                        pair, List.of(a, b, c), "The model has no input 'c'; it takes 'a' FP32[-1], 'b' FP32[-1]."),
                Arguments.of(pair, List.of(a, b, a), "Input 'a' is given twice."),
                Arguments.of(pair, List.of(a, a), "Input 'a' is given twice."),
                Arguments.of(
                        pair,
                        List.of(a, Tensor.longs("b", shape(1), 1)),
                        "Input 'b' has elements of INT64; the model expects FP32."),
                Arguments.of(
                        scale,
                        List.of(Tensor.floats("x", shape(1, 5), 1, 2, 3, 4, 5)),
                        "Input 'x' has the shape [1, 5]; the model expects [-1, 4], where -1 stands for any size."),
                Arguments.of(
                        scale,
                        List.of(Tensor.floats("x", shape(4), 1, 2, 3, 4)),
                        "Input 'x' has the shape [4]; the model expects [-1, 4], where -1 stands for any size."),
                Arguments.of(
                        scale,
                        List.of(Tensor.strings("x", shape(1, 4), "1", "2", "3", "4")),
                        "Input 'x' has elements of BYTES; the model expects FP32."));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("badInputs")
    void namesWhatCameAndWhatIsExpected(LoadedModel model, List<Tensor> inputs, String message) {
        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> run(model, inputs));

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(refused).hasMessage(message);
        assertThat(refused.getStackTrace()).isEmpty();
    }

    @Test
    void namesTheOutputThatTheModelDoesNotHave() {
        List<Tensor> inputs = List.of(Tensor.floats("x", shape(1, 4), 1, 2, 3, 4));

        RemoraException unknown =
                catchThrowableOfType(RemoraException.class, () -> scale.run(inputs, List.of("z"), Duration.ofHours(1)));
        RemoraException twice = catchThrowableOfType(
                RemoraException.class, () -> scale.run(inputs, List.of("y", "y"), Duration.ofHours(1)));

        assertThat(unknown.code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(unknown).hasMessage("The model has no output 'z'; it gives 'y' FP32[-1, 4].");
        assertThat(twice.code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(twice).hasMessage("Output 'y' is asked for twice.");
    }

    @Test
    void refusesWhatOnlyOnnxRuntimeCanTell() {
        // A + B with sizes that do not fit each other, though each fits its own symbolic size.
        List<Tensor> uneven = List.of(Tensor.floats("a", shape(2), 1, 2), Tensor.floats("b", shape(3), 1, 2, 3));

        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> run(pair, uneven));

        assertThat(refused.code()).isIn(ErrorCode.BAD_REQUEST, ErrorCode.MODEL_ERROR);
        assertThat(refused.getMessage()).doesNotContain("onnxruntime/", "\n", "Error code");
    }

    @Test
    void keepsLongNamesOutOfTheAnswer() {
        List<Tensor> inputs = List.of(Tensor.floats("n".repeat(10_000), shape(1), 1));

        RemoraException refused = catchThrowableOfType(RemoraException.class, () -> run(scale, inputs));

        assertThat(refused.getMessage().length()).isLessThan(300);
    }

    @Test
    void takesAnyShapeWhereTheModelSaysNone() {
        Tensor many = Tensor.of("i", DataType.INT64, shape(1, 2), longs(1, 2));

        Tensor rows =
                lookup.run(List.of(many), List.of(), Duration.ofSeconds(30)).get(0);

        assertThat(rows.shape()).containsExactly(1, 2);
        assertThat(rows.floats()).containsExactly(20, 30);
    }

    private static ByteBuffer longs(long... values) {
        return Tensor.longs("any", shape(values.length), values).data();
    }

    private static void run(LoadedModel model, List<Tensor> inputs) {
        model.run(inputs, List.of(), Duration.ofSeconds(30));
    }

    private static LoadedModel load(Path folder, byte[] bytes) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("model.onnx"), bytes);
        return runtime.load(folder);
    }

    private static long[] shape(long... sizes) {
        return sizes;
    }
}
