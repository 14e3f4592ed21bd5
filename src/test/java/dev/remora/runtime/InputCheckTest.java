package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class InputCheckTest {
    @Property
    void takesEachSizeWhereTheModelLeavesItOpen(
            @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 6) Integer> shape,
            @ForAll @IntRange(max = 31) int open) {
        List<Long> expected = shape.stream().map(Integer::longValue).toList();
        InputCheck check = check(openUp(expected, open));

        assertThatCode(() -> check.inputs(List.of(tensor(expected)))).doesNotThrowAnyException();
    }

    @Property
    void refusesAnotherSizeWhereTheModelFixesIt(
            @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 6) Integer> shape,
            @ForAll @IntRange(max = 31) int open,
            @ForAll @IntRange(max = 4) int place) {
        List<Long> given = shape.stream().map(Integer::longValue).toList();
        List<Long> expected = new ArrayList<>(openUp(given, open));
        expected.set(place % expected.size(), given.get(place % expected.size()) + 1);

        RemoraException refused = catchThrowableOfType(
                RemoraException.class, () -> check(expected).inputs(List.of(tensor(given))));

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(refused).hasMessageContaining(given.toString()).hasMessageContaining(expected.toString());
    }

    @Test
    void refusesMoreDimensionsThanOnnxRuntimeTakes() {
        RemoraException refused = catchThrowableOfType(
                RemoraException.class,
                () -> check(List.of()).inputs(List.of(tensor(List.of(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L)))));

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    private static List<Long> openUp(List<Long> shape, int open) {
        return IntStream.range(0, shape.size())
                .mapToObj(i -> (open >> i & 1) == 1 ? Long.valueOf(-1) : shape.get(i))
                .toList();
    }

    private static InputCheck check(List<Long> shape) {
        return new InputCheck(new Signature(List.of(new TensorSpec("x", DataType.INT8, shape)), List.of()));
    }

    private static Tensor tensor(List<Long> shape) {
        long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
        int bytes = (int) shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
        return Tensor.of("x", DataType.INT8, sizes, ByteBuffer.allocate(bytes));
    }
}
