package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProducerSettingsTest {
    @ParameterizedTest
    @EnumSource(Delivery.class)
    void noSettingOfTheUserKeepsTheReplyThreadForLongerThanAMinute(Delivery delivery) {
        assertThat(maxBlock(delivery, Map.of("max.block.ms", "9223372036854775807")))
                .isEqualTo(60_000L);
        assertThat(maxBlock(delivery, Map.of("max.block.ms", 1_000))).isEqualTo(1_000L);
        assertThat(maxBlock(delivery, Map.of())).isEqualTo(5_000L);
    }

    private static @Nullable Object maxBlock(Delivery delivery, Map<String, Object> overrides) {
        ReplySettings settings = new ReplySettings(
                "e", "e", "i", "in", "out", "dlq", topic -> true, delivery, 5_000, Duration.ofSeconds(1));
        return ProducerSettings.of(settings, Map.of(), overrides).producer().get("max.block.ms");
    }
}
