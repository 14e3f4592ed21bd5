package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
    private static final Path ROOT = Path.of("/somewhere/remora");

    @Test
    void withoutOptionsItMeasuresTheDefaultModeInFiveRounds() {
        BenchOptions options = BenchOptions.parse(ROOT, List.of("warm", "rotate"));

        assertThat(options.benches()).containsExactly("warm", "rotate");
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.mode()).isEqualTo(Mode.EXACTLY_ONCE);
        assertThat(options.models()).isEqualTo(Path.of("/somewhere/shared/models"));
    }

    @Test
    void pathsAreTakenFromWhereTheCommandWasCalled() {
        BenchOptions options =
                BenchOptions.parse(ROOT, List.of("--from", "/home/me", "all", "--json", "out.json", "--models", "m"));

        assertThat(options.results()).isEqualTo(Path.of("/home/me/out.json"));
        assertThat(options.models()).isEqualTo(Path.of("/home/me/m"));
    }

    @Test
    void aMistakeIsNamed() {
        assertThatThrownBy(() -> BenchOptions.parse(ROOT, List.of("warm", "--round", "3")))
                .hasMessageContaining("--round");
        assertThatThrownBy(() -> BenchOptions.parse(ROOT, List.of("warm", "--json")))
                .hasMessageContaining("--json needs a value");
        assertThatThrownBy(() -> BenchOptions.parse(ROOT, List.of("--delivery", "twice")))
                .hasMessageContaining("twice");
    }
}
