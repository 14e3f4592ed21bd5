package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Numbers in a reply's JSON. */
public final class Numbers {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");

    private Numbers() {}

    /** All numbers that stand as values in the text, in order; those within strings too. */
    static List<Float> in(String json) {
        return NUMBER.matcher(json)
                .results()
                .map(MatchResult::group)
                .map(Float::valueOf)
                .toList();
    }

    /** Asserts that the text's numbers are these, but for the rounding of sums in another order. */
    public static void assertClose(String json, float... expected) {
        List<Float> actual = in(json);
        assertThat(actual).as(json).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual.get(i)).as(json).isCloseTo(expected[i], within(1e-4f));
        }
    }
}
