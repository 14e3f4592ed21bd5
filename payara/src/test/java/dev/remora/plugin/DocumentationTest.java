package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.plugin.config.ConfigurationTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Tables in docs/ say what the code says. {@code -Ddocs.write=true} writes them anew. */
class DocumentationTest {
    private static final Path DOCS = Path.of("..", "docs");

    @Test
    void theTableOfKeysIsWhatTheCodeDefines() throws IOException {
        check("configuration.md", "keys", ConfigurationTable.keys());
    }

    @Test
    void theTableOfFixedKafkaSettingsIsWhatTheCodeRefuses() throws IOException {
        check("configuration.md", "fixed", ConfigurationTable.fixed());
    }

    @Test
    void theTableOfMetricsIsWhatTheCodeDefines() throws IOException {
        check("metrics.md", "metrics", MetricsTable.render());
    }

    private static void check(String page, String table, String rendered) throws IOException {
        var begin = "<!-- " + table + ": written by the build -->\n";
        var end = "<!-- end of " + table + " -->";
        var file = DOCS.resolve(page);
        var text = Files.readString(file);
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf(end);
        assertThat(to).as("the place of the table %s in %s", table, page).isGreaterThan(from - 1);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(file, text.substring(0, from) + rendered + text.substring(to));
            return;
        }
        assertThat(text.substring(from, to))
                .as("%s is out of date; mvn -pl payara -am test -Ddocs.write=true renews it", page)
                .isEqualTo(rendered);
    }
}
