package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.plugin.config.ConfigReader;
import dev.remora.plugin.config.Setting;
import dev.remora.plugin.config.Settings;
import dev.remora.plugin.config.ThisMachine;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServingSettingsTest {
    private final Map<String, String> given;

    ServingSettingsTest(@TempDir Path folder) {
        given = Map.of(
                "remora.endpoint", "demo",
                "remora.models.location", "s3://models/live",
                "remora.kafka.bootstrap.servers", "broker:9092",
                "remora.disk.path", folder.toString(),
                "remora.topics.routes", "hot",
                "remora.reply.allowed", "*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hot", "demo.residency", "demo.invocations", "dlq.demo.invocations", "__consumer_offsets"})
    void noReplyGoesToTheEndpointsOtherTopicsWhateverIsAllowed(String topic) {
        assertThat(settings().reply("one").permits(topic)).isFalse();
    }

    @Test
    void allElseThatIsAllowedTakesReplies() {
        assertThat(settings().reply("one").permits("demo.replies")).isTrue();
        assertThat(settings().reply("one").permits("demo.routes")).isTrue();
    }

    private ServingSettings settings() {
        var read = Settings.collect(
                given.keySet(),
                name -> Optional.ofNullable(given.get(name))
                        .map(text -> new Setting(name, text, "test", Optional.empty())));
        return new ServingSettings(
                ConfigReader.read(read, new ThisMachine()).config().orElseThrow());
    }
}
