package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "churn.onnx",
                "acme/churn.onnx",
                "eu/forecast.tar.gz",
                "a/...",
                ".hidden",
                "..a/b",
                "été/模型/😀",
                " "
            })
    void acceptsWhatCanNameAnObject(String name) {
        assertThat(new ModelName(name).value()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "../a",
                "a/..",
                "a/./b",
                "a/../../b",
                "a\\b",
                "a\nb",
                "a\0",
                "a\u0085b",
                "a\uFFFDb",
                "a\uD800",
                "\uDC00a"
            })
    void refusesWhatCouldClimbOrConfuse(String name) {
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> new ModelName(name))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "模", "😀"})
    void countsBytesNotCharacters(String letter) {
        int fits = ModelName.MAX_BYTES / letter.getBytes(StandardCharsets.UTF_8).length;

        assertThat(new ModelName(letter.repeat(fits)).value()).isNotEmpty();
        assertThatExceptionOfType(RemoraException.class)
                .isThrownBy(() -> new ModelName(letter.repeat(fits + 1)))
                .withMessageContaining("bytes");
    }

    @Property
    void staysBelowThePrefixWhateverItIs(@ForAll @Chars({'.', '/', 'a', '\\'}) @StringLength(max = 12) String name) {
        boolean accepted = accepts(name);

        boolean safe = !name.isEmpty() && !name.contains("\\");
        for (String segment : name.split("/", -1)) {
            safe &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
        }
        assertThat(accepted).isEqualTo(safe);
    }

    private static boolean accepts(String name) {
        try {
            return new ModelName(name).value().equals(name);
        } catch (RemoraException e) {
            return false;
        }
    }
}
