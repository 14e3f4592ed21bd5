package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        Fields settings = Fields.none().with("folder", folder.resolve("kafka"));
        try (ChildJvm broker = ChildJvm.start(folder, "broker", BrokerMain.class, List.of("-Xmx256m"), settings);
                SpreadStage stage = new SpreadStage(folder, broker.ready().text("bootstrap"), "spread", WAIT)) {
            keepsWhatItAloneCanServe(stage);
            spreadsAndNarrows(stage);
        }
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
        SpreadTraffic.Stream light = stage.light();
        SpreadTraffic.Stream flood = stage.flood(2);
        boolean spread = SpreadTraffic.await(
                Duration.ofSeconds(10),
                () -> stage.instances(flood, Long.MAX_VALUE).size() > 1);
        assertThat(spread)
                .as("at least two instances answer within ten seconds")
                .isTrue();

        SpreadTraffic.pass(Duration.ofSeconds(3));
        stage.kill(home(stage));
        SpreadTraffic.pass(Duration.ofSeconds(4));
        flood.close();
        assertAllAnswered(stage);
        boolean narrow = SpreadTraffic.await(
                Duration.ofSeconds(60), () -> stage.traffic().width(SpreadStage.HOT, SpreadStage.PARTITIONS) == 1);
        light.close();

        assertThat(narrow).as("it narrows within a minute").isTrue();
        assertAllAnswered(stage);
        assertThat(stage.forwarded()).isPositive();
        assertThat(stage.mispartitioned()).isZero();
    }

    private static void assertAllAnswered(SpreadStage stage) {
        SpreadTraffic traffic = stage.traffic();
        SpreadTraffic.await(Duration.ofSeconds(45), () -> traffic.lost() == 0);
        assertThat(traffic.lost()).as("lost of %d", traffic.sent()).isZero();
        assertThat(traffic.doubled()).as("doubled").isZero();
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
