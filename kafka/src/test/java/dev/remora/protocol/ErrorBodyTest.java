package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorBodyTest {
    @Property
    void isReadBackAsItWas(
            @ForAll ErrorCode code, @ForAll @StringLength(max = 50) String message, @ForAll boolean header) {
        String clean = message.chars()
                .filter(c -> !Character.isSurrogate((char) c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        RemoraException error = new RemoraException(code, clean, "Do \"this\".\n");

        RemoraException read = ErrorBody.read(ErrorBody.write(error), header ? code.name() : null);

        assertThat(read.code()).isEqualTo(code);
        assertThat(read.getMessage()).isEqualTo(clean);
        assertThat(read.remedy()).isEqualTo("Do \"this\".\n");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "oops", "[]", "{", "{\"message\":", "{\"code\":\"NEW\",\"message\":3}", "{\"x\":[{}]}"})
    void readsWhateverComesAsSomeError(@Nullable String body) {
        byte[] value = body == null ? null : body.getBytes(StandardCharsets.UTF_8);

        assertThat(ErrorBody.read(value, null).code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(ErrorBody.read(value, "MODEL_ERROR").code()).isEqualTo(ErrorCode.MODEL_ERROR);
        assertThat(ErrorBody.read(value, "MODEL_ERROR").getMessage()).isNotEmpty();
    }

    @Property
    void staysSmall(@ForAll @StringLength(min = 4_001, max = 20_000) String message) {
        byte[] body = ErrorBody.write(new RemoraException(ErrorCode.BAD_REQUEST, message));

        assertThat(body.length).isLessThan(4_000 * 6 + 1_000);
    }
}
