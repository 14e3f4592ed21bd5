package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
    private static final ResultFile RESULT = new ResultFile(
            Map.of("tiny.cpu_ms", new Report.Figure(0.08, 0.07, 0.09)),
            Map.of("rounds", "5"),
            Map.of("cold", "it broke"),
            Map.of("rotate", "no models"));

    @Test
    void whatIsWrittenIsRead(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("results.json");

        RESULT.write(file);

        assertThat(ResultFile.read(file)).isEqualTo(RESULT);
        assertThat(Files.readString(file)).contains("\"figures\" : {\n    \"tiny.cpu_ms\" : 0.08\n  }");
    }

    @Test
    void thePageHoldsTheFiguresBetweenItsMarksAndNothingElseChanges(@TempDir Path folder) throws Exception {
        Path page = Files.createDirectories(folder.resolve("docs")).resolve("performance.md");
        Files.writeString(
                page, "before\n<!-- figures: written by the harness -->\nstale\n<!-- end of figures -->\nafter\n");

        new PerformancePage(folder).write(RESULT);

        assertThat(Files.readString(page))
                .startsWith("before\n")
                .endsWith("<!-- end of figures -->\nafter\n")
                .doesNotContain("stale")
                .contains("| `tiny.cpu_ms` | 0.080 | 0.070 to 0.090 | at most 0.1 | met |")
                .contains("`cold` failed in this run")
                .doesNotContain("it broke")
                .contains("](performance-cpu.svg)");
        assertThat(folder.resolve("docs/performance-cpu.svg")).content().contains("0.080", "Multi Model Server");
    }

    @Test
    void aPageWithoutMarksIsLeftAlone(@TempDir Path folder) throws Exception {
        Path page = Files.createDirectories(folder.resolve("docs")).resolve("performance.md");
        Files.writeString(page, "mine");

        assertThatThrownBy(() -> new PerformancePage(folder).write(RESULT)).hasMessageContaining("no place");
        assertThat(page).hasContent("mine");
    }
}
