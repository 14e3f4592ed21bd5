package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopicFitnessTest {
    private static final Duration WEEK = Duration.ofDays(7);

    @Test
    void aTopicAsWeMakeItIsFit() {
        TopicPlan plan = TopicPlan.of(settings()).get(0);

        assertThat(TopicFitness.problem(settings(), "b:1", config(plan.configs()), WEEK))
                .isEmpty();
    }

    @Test
    void aCompactedTopicWouldLoseRequests() {
        assertThat(problem(Map.of("cleanup.policy", "compact,delete", "retention.ms", "1000000000"), WEEK))
                .hasValueSatisfying(text -> assertThat(text)
                        .contains("compacted", "kafka-configs.sh --bootstrap-server b:1 --alter --topic in")
                        .contains("cleanup.policy=delete"));
    }

    @Test
    void aTopicThatForgetsBeforeRequestsExpireWouldLoseThem() {
        assertThat(problem(Map.of("cleanup.policy", "delete", "retention.ms", "3600000"), WEEK))
                .hasValueSatisfying(text -> assertThat(text).contains("PT1H", "PT6H", "retention.ms=21600000"));
    }

    @Test
    void aTopicThatOutlivesTheGroupsProgressWouldHaveRequestsAnsweredTwice() {
        assertThat(problem(Map.of("cleanup.policy", "delete", "retention.ms", "-1"), WEEK))
                .hasValueSatisfying(
                        text -> assertThat(text).contains("offsets.retention.minutes", "retention.ms=604800000"));
        assertThat(problem(Map.of("cleanup.policy", "delete", "retention.ms", "604800001"), WEEK))
                .isPresent();
    }

    @Test
    void whatWeMayNotKnowIsNotHeldAgainstTheTopic() {
        assertThat(problem(Map.of("cleanup.policy", "delete", "retention.ms", "-1"), null))
                .isEmpty();
        assertThat(problem(Map.of(), null)).isEmpty();
    }

    @Test
    void theCommandForAMissingTopicIsComplete() {
        List<TopicPlan> plans = TopicPlan.of(settings());

        assertThat(plans.get(0).command("b:1"))
                .isEqualTo("kafka-topics.sh --bootstrap-server b:1 --create --topic in --partitions 24"
                        + " --config cleanup.policy=delete --config max.message.bytes=1000000"
                        + " --config retention.ms=259200000");
        assertThat(plans.get(3).command("b:1"))
                .isEqualTo("kafka-topics.sh --bootstrap-server b:1 --create --topic routes --partitions 1"
                        + " --config cleanup.policy=compact");
    }

    private static Optional<String> problem(Map<String, String> configs, @Nullable Duration offsetsKept) {
        return TopicFitness.problem(settings(), "b:1", config(configs), offsetsKept);
    }

    private static Config config(Map<String, String> configs) {
        List<ConfigEntry> entries = new ArrayList<>();
        configs.forEach((name, value) -> entries.add(new ConfigEntry(name, value)));
        return new Config(entries);
    }

    private static TopicSettings settings() {
        return new TopicSettings(
                "e", "e", "in", "out", "dlq", "routes", "residency", true, 24, Duration.ofHours(6), 1_000_000);
    }
}
