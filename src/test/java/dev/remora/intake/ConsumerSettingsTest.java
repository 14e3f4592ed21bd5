package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

class ConsumerSettingsTest {
    private final IntakeSettings settings = new Bench().settings;

    @Test
    void partitionsThatAreAddedAreReadWithinHalfAMinute() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 30_000);
    }

    @Test
    void noAnswerOfTheBrokersIsAHugeObjectToTheHeap() {
        int halfARegion = 512 << 10;

        assertThat(ConsumerSettings.of(settings, Map.of()))
                .hasEntrySatisfying(
                        ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
                        bytes -> assertThat((int) bytes).isLessThan(halfARegion));
    }

    @Test
    void theUsersPropertiesWinOverOurDefaults() {
        Map<String, Object> overrides = Map.of(
                ConsumerConfig.METADATA_MAX_AGE_CONFIG, "5000", ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "6000");

        assertThat(ConsumerSettings.of(settings, overrides)).containsAllEntriesOf(overrides);
    }

    @Test
    void whatDeliveryStandsOnIsNobodysToChange() {
        Map<String, Object> overrides = Map.of(
                ConsumerConfig.GROUP_ID_CONFIG, "another",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "true",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "true",
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, "org.example.Mine");

        Map<String, Object> fixed = Map.of(
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class);
        assertThat(ConsumerSettings.of(settings, overrides))
                .containsAllEntriesOf(fixed)
                .containsEntry(ConsumerConfig.GROUP_ID_CONFIG, "e");
        assertThat(ConsumerSettings.again(settings, overrides))
                .containsAllEntriesOf(fixed)
                .doesNotContainKeys(ConsumerConfig.GROUP_ID_CONFIG, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    }

    @Test
    void eachGroupProtocolGetsWhatItKnowsOnly() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName())
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        assertThat(ConsumerSettings.of(settings, Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer")))
                .doesNotContainKeys(
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG);
    }
}
