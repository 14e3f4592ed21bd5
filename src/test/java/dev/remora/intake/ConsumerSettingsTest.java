package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

class ConsumerSettingsTest {
    /** What a consumer without a group is not to be told. */
    private static final String[] GROUP_ONLY = {
        ConsumerConfig.GROUP_ID_CONFIG,
        ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
        ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG,
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG
    };

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
                        bytes -> assertThat((int) bytes).isLessThan(halfARegion))
                .hasEntrySatisfying(
                        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                        bytes -> assertThat((int) bytes).isLessThan(halfARegion));
    }

    @Test
    void theSystemSaysHowMuchOfAnAnswerItTakesAtOnce() {
        assertThat(ConsumerSettings.of(settings, Map.of())).containsEntry(ConsumerConfig.RECEIVE_BUFFER_CONFIG, -1);
        assertThat(ConsumerSettings.again(settings, Map.of(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "65536")))
                .containsEntry(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "65536");
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
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, "org.example.Mine",
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
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class);
        assertThat(ConsumerSettings.of(settings, overrides))
                .containsAllEntriesOf(fixed)
                .containsEntry(ConsumerConfig.GROUP_ID_CONFIG, "e");
        assertThat(ConsumerSettings.again(settings, overrides))
                .containsAllEntriesOf(fixed)
                .doesNotContainKeys(GROUP_ONLY);
    }

    @Test
    void aRestartIsKnownToTheGroupByItsInstance() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.instance());
    }

    @Test
    void whoReadsAgainWhatWasDeferredIsInNoGroupAndHasANameOfItsOwn() {
        Map<String, Object> overrides = Map.of(
                ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer",
                ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG, "uniform");

        Map<String, Object> again = ConsumerSettings.again(settings, overrides);

        assertThat(again).doesNotContainKeys(GROUP_ONLY);
        assertThat(again.get(ConsumerConfig.CLIENT_ID_CONFIG))
                .isNotEqualTo(ConsumerSettings.of(settings, overrides).get(ConsumerConfig.CLIENT_ID_CONFIG));
    }

    @Test
    void onePollFillsAQuarterOfTheWindowAtMostAndWhatIsReadAgainLess() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.lookaheadRecords() / 4);
        assertThat(ConsumerSettings.again(settings, Map.of()))
                .containsEntry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.lookaheadRecords() / 16);
    }

    @Test
    void aHeartbeatMayBeLostTwiceBeforeTheSessionIs() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000)
                .hasEntrySatisfying(
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                        millis -> assertThat((int) millis).isLessThan(10_000 / 3));
    }

    @Test
    void pollDoesNotWaitAMinuteForOneAnswerOfTheBrokers() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 15_000);
    }

    @Test
    void eachGroupProtocolGetsWhatItKnowsOnly() {
        assertThat(ConsumerSettings.of(settings, Map.of()))
                .containsEntry(
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName())
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        assertThat(ConsumerSettings.of(settings, Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "Classic")))
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        assertThat(ConsumerSettings.of(settings, Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer")))
                .doesNotContainKeys(
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG);
    }
}
