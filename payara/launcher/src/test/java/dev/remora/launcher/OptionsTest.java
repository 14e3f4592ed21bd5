package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    @Test
    void haveDefaultsThatLetTheDemonstrationFillTheMemory() {
        Options options = Options.parse();

        assertThat(options).isEqualTo(new Options(1, false, null, "56MiB", "2GiB", false));
        assertThat(Options.parse("--serve").memory()).isEqualTo("1GiB");
    }

    @Test
    void areReadInBothWaysOfWriting() {
        Options options =
                Options.parse("--instances", "2", "--serve", "--data=/tmp/a b", "--memory", "512MiB", "--disk=2G");

        assertThat(options).isEqualTo(new Options(2, true, Path.of("/tmp/a b"), "512MiB", "2G", false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--unknown",
                "extra",
                "--instances",
                "--instances 0",
                "--instances two",
                "--instances 17",
                "--memory much",
                "--disk -1",
                "--disk"
            })
    void areRefusedWhenTheyMakeNoSense(String line) {
        assertThatThrownBy(() -> Options.parse(line.split(" ", -1)))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining(line.split(" ", -1)[0]);
    }
}
