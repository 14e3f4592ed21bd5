package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.Tensor;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowsTest {
    @Test
    void rowsFollowOneAnotherAlongTheFirstAxis() {
        Tensor joined = Rows.join(List.of(floats(new long[] {1, 2}, 1, 2), floats(new long[] {1, 2}, 3, 4)), 0);

        assertThat(joined.shape()).containsExactly(2, 2);
        assertThat(joined.floats()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void alongALaterAxisTheyLieBetweenOneAnother() {
        Tensor joined = Rows.join(
                List.of(floats(new long[] {2, 1, 2}, 1, 2, 3, 4), floats(new long[] {2, 1, 2}, 5, 6, 7, 8)), 1);

        assertThat(joined.shape()).containsExactly(2, 2, 2);
        assertThat(joined.floats()).containsExactly(1, 2, 5, 6, 3, 4, 7, 8);
    }

    @Property
    void whatIsJoinedIsSplitAgain(
            @ForAll @IntRange(min = 1, max = 3) int one,
            @ForAll @IntRange(min = 1, max = 3) int two,
            @ForAll @IntRange(min = 1, max = 3) int three,
            @ForAll @IntRange(min = 0, max = 2) int axis,
            @ForAll @IntRange(min = 2, max = 5) int parts) {
        List<Tensor> apart = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            float[] values = new float[one * two * three];
            for (int i = 0; i < values.length; i++) {
                values[i] = part * 1000 + i;
            }
            apart.add(floats(new long[] {one, two, three}, values));
        }

        List<Tensor> again = Rows.split(Rows.join(apart, axis), axis, parts);

        assertThat(again).hasSize(parts);
        for (int part = 0; part < parts; part++) {
            assertThat(again.get(part).shape()).containsExactly(one, two, three);
            assertThat(again.get(part).floats()).containsExactly(apart.get(part).floats());
        }
    }

    private static Tensor floats(long[] shape, float... values) {
        return Tensor.floats("x", shape, values);
    }
}
