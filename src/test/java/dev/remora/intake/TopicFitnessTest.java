package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    void aTtlThatOutlivesTheGroupsProgressIsNotMendedByAnyRetention() {
        TopicSettings patient = settings(Duration.ofDays(10));

        for (String kept : List.of("-1", "3600000", "604800000", "864000000", "8640000000")) {
            assertThat(TopicFitness.problem(
                            patient, "b:1", config(Map.of("cleanup.policy", "delete", "retention.ms", kept)), WEEK))
                    .hasValueSatisfying(text -> assertThat(text)
                            .contains(
                                    "remora.request.ttl (PT240H)", "offsets.retention.minutes, PT168H", "14400 or more")
                            .doesNotContain("kafka-configs.sh"));
        }
    }

    @Property
    void whatTheCommandSaysMendsTheTopic(
            @ForAll @LongRange(min = 60_000, max = 1_000_000_000) long ttl,
            @ForAll @LongRange(min = 1, max = 20_000) long offsetsKeptMinutes,
            @ForAll @LongRange(min = -1, max = 2_000_000_000) long retention) {
        Duration offsetsKept = Duration.ofMinutes(offsetsKeptMinutes);
        TopicSettings settings = settings(Duration.ofMillis(ttl));

        Optional<String> said = TopicFitness.problem(settings, "b:1", kept(retention), offsetsKept);

        Matcher command = Pattern.compile("retention\\.ms=(\\d+)").matcher(said.orElse(""));
        if (command.find()) {
            long commanded = Long.parseLong(command.group(1));
            assertThat(TopicFitness.problem(settings, "b:1", kept(commanded), offsetsKept))
                    .isEmpty();
        } else {
            assertThat(said.isPresent()).isEqualTo(ttl > offsetsKept.toMillis());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 24, 83, 84, 96, 167, 168})
    void whatWeMakeIsFitForTheBrokersOwnDefaults(int hours) {
        TopicSettings settings = settings(Duration.ofHours(hours));

        TopicPlan plan = TopicPlan.of(settings).get(0);

        assertThat(TopicFitness.problem(settings, "b:1", config(plan.configs()), WEEK))
                .isEmpty();
    }

    @Test
    void whatWeMayNotKnowIsNotHeldAgainstTheTopic() {
        assertThat(problem(Map.of("cleanup.policy", "delete", "retention.ms", "-1"), null))
                .isEmpty();
        assertThat(problem(Map.of(), null)).isEmpty();
    }

    @Test
    void aTableAsWeMakeItIsFit() {
        TopicPlan routes = TopicPlan.of(settings()).get(3);

        assertThat(TopicFitness.tableProblem("routes", "b:1", config(routes.configs())))
                .isEmpty();
        assertThat(TopicFitness.tableProblem("routes", "b:1", config(Map.of()))).isEmpty();
    }

    @Test
    void aTableThatForgetsByTimeIsNamedWithTheCommandThatMendsIt() {
        for (String policy : List.of("delete", "compact,delete")) {
            assertThat(TopicFitness.tableProblem("routes", "b:1", config(Map.of("cleanup.policy", policy))))
                    .hasValueSatisfying(text -> assertThat(text)
                            .contains("'routes'", policy)
                            .contains("kafka-configs.sh --bootstrap-server b:1 --alter --topic routes"
                                    + " --add-config cleanup.policy=compact"));
        }
    }

    @Test
    void aTableThatTakesOnlySmallRecordsIsNamedWithTheCommandThatMendsIt() {
        Map<String, String> small = Map.of("cleanup.policy", "compact", "max.message.bytes", "65536");

        assertThat(TopicFitness.tableProblem("residency", "b:1", config(small)))
                .hasValueSatisfying(text -> assertThat(text).contains("'residency'", "max.message.bytes=73728"));
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

    private static Config kept(long millis) {
        return config(Map.of("cleanup.policy", "delete", "retention.ms", Long.toString(millis)));
    }

    private static TopicSettings settings() {
        return settings(Duration.ofHours(6));
    }

    private static TopicSettings settings(Duration requestTtl) {
        return new TopicSettings("e", "e", "in", "out", "dlq", "routes", "residency", true, 24, requestTtl, 1_000_000);
    }
}
