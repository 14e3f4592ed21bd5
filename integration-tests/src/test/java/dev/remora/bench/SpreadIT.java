package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.client.RemoraClient;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.reply.Delivery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * One model is flooded with twice what an instance serves, on a real broker: alone an instance keeps it, three share it,
 * also when the one that has it is killed.
 */
@Timeout(180)
class SpreadIT {
    private static final Duration WAIT = Duration.ofSeconds(1);

    @Test
    void aHotModelSpreadsOverInstancesAndNoRequestIsLostOrAnsweredTwice(
            @TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder) throws IOException {
        try (ChildJvm broker = broker(folder);
                SpreadStage stage = stage(folder, broker, Delivery.EXACTLY_ONCE)) {
            keepsWhatItAloneCanServe(stage);
            spreadsAndNarrows(stage);
            assertThat(stage.traffic().doubled()).as("doubled").isZero();
        }
    }

    @Test
    void underAtLeastOnceItSpreadsAsWellAndNoRequestIsLost(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder)
            throws IOException {
        try (ChildJvm broker = broker(folder);
                SpreadStage stage = stage(folder, broker, Delivery.AT_LEAST_ONCE)) {
            stage.start("one", "two", "three");
            spreads(stage);
        }
    }

    @Test
    void partitionsThatAreAddedInAFloodVoidItsRouteAndANewOneComesAndNoRequestIsLostOrAnsweredTwice(
            @TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder) throws IOException {
        int more = SpreadStage.PARTITIONS + 3;
        try (ChildJvm broker = broker(folder);
                SpreadStage stage = stage(folder, broker, Delivery.EXACTLY_ONCE)) {
            stage.start("one", "two", "three");
            SpreadTraffic.Stream light = stage.light();
            SpreadTraffic.Stream flood = stage.flood(2);
            assertThat(widens(stage, SpreadStage.PARTITIONS)).as("it spreads").isTrue();

            stage.partitions(more);
            assertThat(widens(stage, more)).as("it spreads anew").isTrue();
            SpreadTraffic.pass(Duration.ofSeconds(2));
            flood.close();
            light.close();

            assertAllAnswered(stage);
            assertThat(stage.traffic().doubled()).as("doubled").isZero();
        }
    }

    /** Takes a minute: what an instance says of itself is heard after ten seconds, and must have held for fifteen. */
    @Test
    @EnabledIfSystemProperty(named = "remora.spread.slow", matches = "true")
    void theRouteGoesPastAnInstanceThatIsTooSlowForWhatTheJavaClientSendsThere(
            @TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder) throws IOException {
        try (ChildJvm broker = broker(folder);
                SpreadStage stage = stage(folder, broker, Delivery.EXACTLY_ONCE);
                RemoraClient client = stage.client()) {
            stage.start("one", "two", "three");
            SpreadTraffic.Stream light = stage.light();
            SpreadTraffic.Stream flood = stage.flood(client, 1.5 * SpreadStage.ONE_PER_SECOND);
            assertThat(widens(stage, SpreadStage.PARTITIONS)).as("it spreads").isTrue();
            SpreadTraffic.pass(Duration.ofSeconds(5));
            Set<String> helpers = new HashSet<>(stage.instances(flood, Long.MAX_VALUE));
            helpers.remove(home(stage));
            assertThat(helpers).hasSize(1);
            double forwarded = stage.forwarded();

            stage.slow(helpers.iterator().next(), 1.6);
            boolean wider = SpreadTraffic.await(
                    Duration.ofSeconds(90), () -> stage.traffic().width(SpreadStage.HOT, SpreadStage.PARTITIONS) == 3);
            assertThat(wider).as("a third instance helps").isTrue();
            assertThat(stage.forwarded() - forwarded)
                    .as("the client sends to all of the route itself")
                    .isLessThan(50);
            flood.close();
            light.close();

            assertAllAnswered(stage);
            assertThat(stage.traffic().doubled()).as("doubled").isZero();
        }
    }

    private static boolean widens(SpreadStage stage, int partitions) {
        return SpreadTraffic.await(
                Duration.ofSeconds(30), () -> stage.traffic().width(SpreadStage.HOT, partitions) > 1);
    }

    private static ChildJvm broker(Path folder) throws IOException {
        Fields settings = Fields.none().with("folder", folder.resolve("kafka"));
        return ChildJvm.start(folder, "broker", BrokerMain.class, List.of("-Xmx256m"), settings);
    }

    private static SpreadStage stage(Path folder, ChildJvm broker, Delivery delivery) throws IOException {
        return new SpreadStage(folder, broker.ready().text("bootstrap"), "spread", WAIT, delivery);
    }

    private static void keepsWhatItAloneCanServe(SpreadStage stage) throws IOException {
        stage.start("one");
        SpreadTraffic.Stream alone = stage.flood(2);
        SpreadTraffic.pass(Duration.ofSeconds(4));
        alone.close();

        assertThat(stage.forwarded()).as("there was nobody to forward to").isZero();
        assertThat(stage.traffic().width(SpreadStage.HOT, SpreadStage.PARTITIONS))
                .isOne();
    }

    private static void spreadsAndNarrows(SpreadStage stage) throws IOException {
        stage.start("two", "three");
        assertAllAnswered(stage);
        spreads(stage);
        boolean narrow = SpreadTraffic.await(
                Duration.ofSeconds(60), () -> stage.traffic().width(SpreadStage.HOT, SpreadStage.PARTITIONS) == 1);

        assertThat(narrow).as("it narrows within a minute").isTrue();
        assertThat(stage.mispartitioned()).isZero();
    }

    /** Also when the one that has the hot model is killed in the middle of the flood. */
    private static void spreads(SpreadStage stage) {
        SpreadTraffic.Stream light = stage.light();
        SpreadTraffic.Stream flood = stage.flood(2);
        boolean spread = SpreadTraffic.await(
                Duration.ofSeconds(10),
                () -> stage.instances(flood, Long.MAX_VALUE).size() > 1);
        assertThat(spread)
                .as("at least two instances answer within ten seconds")
                .isTrue();

        SpreadTraffic.pass(Duration.ofSeconds(3));
        assertThat(stage.forwarded()).isPositive();
        stage.kill(home(stage));
        SpreadTraffic.pass(Duration.ofSeconds(4));
        flood.close();
        light.close();
        assertAllAnswered(stage);
    }

    private static void assertAllAnswered(SpreadStage stage) {
        SpreadTraffic traffic = stage.traffic();
        SpreadTraffic.await(Duration.ofSeconds(45), () -> traffic.lost() == 0);
        assertThat(traffic.lost()).as("lost of %d", traffic.sent()).isZero();
        assertThat(traffic.failed()).as("failed").isZero();
    }

    /** Who reads the hot model's own partition: whoever answers for other models that lie there. */
    private static String home(SpreadStage stage) {
        int home = ModelPartition.of(new ModelName(SpreadStage.HOT), SpreadStage.PARTITIONS);
        Set<String> owners = stage
                .traffic()
                .answers(each -> ModelPartition.of(new ModelName(each.model()), SpreadStage.PARTITIONS) == home
                        && !each.model().equals(SpreadStage.HOT))
                .stream()
                .map(SpreadTraffic.Answer::instance)
                .collect(Collectors.toSet());
        assertThat(owners).hasSize(1);
        return owners.iterator().next();
    }
}
