package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.remora.intake.Ownership;
import dev.remora.intake.Standing;
import dev.remora.intake.Workload;
import dev.remora.pool.WarmModel;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.Residency;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What instances say of their warm models, and what follows from it where their partitions come. */
class WarmthTest {
    private static final int COUNT = 4;
    private static final ModelName HOT = onPartition(1, 0);
    private static final ModelName MILD = onPartition(1, 1);
    private static final ModelName OTHER = onPartition(2, 0);

    private final TestClock clock = new TestClock(Instant.ofEpochSecond(1_700_000_000));
    private long nanos = 1;
    private final RouteTable routes = new RouteTable();
    private final ResidencyTable table = new ResidencyTable(() -> nanos);
    private final WarmPool pool = new WarmPool();
    private final Map<ModelName, Double> demand = new HashMap<>();
    private final List<Residency> sent = new ArrayList<>();
    private Workload workload = Workload.NONE;
    private Ownership ownership = new Ownership(3, COUNT, Set.of(0, 1));
    private boolean current = true;

    private final Announcer announcer = new Announcer(
            settings(),
            parts(),
            table,
            new Announcer.Sink() {
                @Override
                public void send(List<Residency> records) {
                    records.forEach(WarmthTest.this::written);
                }

                @Override
                public void close() {}
            },
            () -> nanos);
    private final Takeover takeover = new Takeover(settings(), parts(), table, () -> current);

    @Test
    void whatIsWarmIsSaidOnItsPartitionHottestFirst() throws Exception {
        pool.warm(new WarmModel(MILD, "v1", 2), new WarmModel(HOT, "v2", 9), new WarmModel(OTHER, "v3", 5));

        turnFor(Duration.ofSeconds(11));

        assertThat(sent).hasSize(1);
        Residency said = sent.get(0);
        assertThat(said.partition()).isEqualTo(1);
        assertThat(said.partitionCount()).isEqualTo(COUNT);
        assertThat(said.instance()).isEqualTo("me");
        assertThat(said.generation()).isEqualTo(3);
        assertThat(said.models())
                .containsExactly(new Residency.Model(HOT, "v2", 9), new Residency.Model(MILD, "v1", 2));
    }

    @Test
    void itIsSaidAgainOnlyWhenItHasChangedAndNotWithinTenSeconds() throws Exception {
        pool.warm(new WarmModel(HOT, "v1", 8));
        turnFor(Duration.ofSeconds(11));

        pool.warm(new WarmModel(HOT, "v1", 9));
        turnFor(Duration.ofSeconds(30));
        assertThat(sent).hasSize(1);

        for (int heat = 20; heat < 2000; heat *= 2) {
            pool.warm(new WarmModel(HOT, "v1", heat));
            turnFor(Duration.ofSeconds(3));
        }
        assertThat(sent).hasSize(3);
        for (int i = 1; i < 3; i++) {
            long pause = sent.get(i).writtenMillis() - sent.get(i - 1).writtenMillis();
            assertThat(pause).isGreaterThanOrEqualTo(10_000);
        }

        pool.warm(new WarmModel(HOT, "v2", 1280));
        turnFor(Duration.ofSeconds(11));
        assertThat(sent).hasSize(4);
    }

    @Test
    void aClockThatIsSetBackKeepsNothingUnsaid() throws Exception {
        turnFor(Duration.ofSeconds(1));
        clock.pass(Duration.ofHours(-1));
        pool.warm(new WarmModel(HOT, "v1", 8));

        turnFor(Duration.ofSeconds(11));

        assertThat(sent).hasSize(1);
    }

    @Test
    void aFirstChangeIsSaidASecondLaterWithWhatFollowedIt() throws Exception {
        turnFor(Duration.ofSeconds(1));
        pool.warm(new WarmModel(HOT, "v1", 8));
        turnFor(Duration.ofSeconds(1));
        assertThat(sent).isEmpty();

        pool.warm(new WarmModel(HOT, "v1", 8), new WarmModel(MILD, "v1", 8));
        turnFor(Duration.ofSeconds(1));

        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).models()).hasSize(2);
    }

    @Test
    void itIsSaidAgainWhenTheOwnerBeforeHadItsLastWordAfterOurs() throws Exception {
        pool.warm(new WarmModel(HOT, "v1", 8));
        turnFor(Duration.ofSeconds(2));
        assertThat(sent).hasSize(1);

        table(says(1, "other", model(MILD, 4)));
        turnFor(Duration.ofSeconds(11));

        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).instance()).isEqualTo("me");
        assertThat(sent.get(1).models()).extracting(Residency.Model::model).containsExactly(HOT, MILD);
    }

    @Test
    void itIsSaidALastTimeBeforeThePartitionsMove() throws Exception {
        pool.warm(new WarmModel(HOT, "v1", 8));
        turnFor(Duration.ofSeconds(1));
        assertThat(sent).isEmpty();

        announcer.end();

        assertThat(sent).hasSize(1);
    }

    @Test
    void whatAnEarlierOwnerSaidIsNotLostBeforeItHasCome() {
        table(says(1, "other", model(MILD, 4), model(HOT, 1)));
        clock.pass(Duration.ofMinutes(10));
        pool.warm(new WarmModel(HOT, "v1", 8));

        announcer.end();

        assertThat(sent.get(0).models()).extracting(Residency.Model::model).containsExactly(HOT, MILD);
        assertThat(sent.get(0).models().get(1).heat()).isCloseTo(2, within(0.01));
    }

    @Test
    void whatNobodyHasUsedForHoursIsForgotten() {
        table(says(1, "other", model(MILD, 4)));
        clock.pass(Duration.ofHours(3));
        pool.warm(new WarmModel(HOT, "v1", 8));

        announcer.end();

        assertThat(sent.get(0).models()).extracting(Residency.Model::model).containsExactly(HOT);
    }

    @Test
    void theShareOfASpreadModelsDemandIsSaidOnceByEachOwner() throws Exception {
        Route route = new Route(OTHER, COUNT, List.of(2, 0, 1));
        routes.put(route.key(), route.value());
        demand.put(OTHER, 0.7);
        demand.put(HOT, 0.2);

        turnFor(Duration.ofSeconds(11));

        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).partition()).isZero();
        assertThat(sent.get(0).demand()).containsExactlyEntriesOf(Map.of(OTHER, 0.7));
        assertThat(table.elsewhere(OTHER, "another")).isEqualTo(new Elsewhere(0.7, 0.7, 0));
        assertThat(table.elsewhere(OTHER, "me")).isEqualTo(Elsewhere.NONE);

        demand.remove(OTHER);
        turnFor(Duration.ofSeconds(11));
        assertThat(table.elsewhere(OTHER, "another")).isEqualTo(Elsewhere.NONE);
    }

    @Test
    void whatWaitsIsSaidOfASpreadModelWhoseRecordsComeByThemselvesToWhoCannotKeepUp() throws Exception {
        Route route = new Route(OTHER, COUNT, List.of(2, 0));
        routes.put(route.key(), route.value());
        demand.put(OTHER, 1.2);
        workload = new Workload(9, 1, Map.of(OTHER, 5.0, HOT, 4.0), 0);
        turnFor(Duration.ofSeconds(11));
        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).waiting()).containsExactlyEntriesOf(Map.of(OTHER, 5.0));
        assertThat(table.elsewhere(OTHER, "another")).isEqualTo(new Elsewhere(1.2, 1.2, 5));

        workload = new Workload(9, 0.7, Map.of(OTHER, 5.0, HOT, 4.0), 0);
        turnFor(Duration.ofSeconds(11));
        assertThat(sent.get(1).waiting()).isEmpty();

        workload = new Workload(9, 1, Map.of(OTHER, 5.0, HOT, 4.0), 0);
        demand.put(OTHER, 0.05);
        turnFor(Duration.ofSeconds(11));
        assertThat(sent.get(2).waiting()).isEmpty();
    }

    @Test
    void figuresThatHoldAreRepeatedAndThoseThatNobodyRepeatsAreForgotten() throws Exception {
        Route route = new Route(OTHER, COUNT, List.of(2, 0));
        routes.put(route.key(), route.value());
        demand.put(OTHER, 0.7);
        turnFor(Duration.ofMinutes(10));
        assertThat(sent).hasSizeBetween(9, 11);
        assertThat(table.elsewhere(OTHER, "another").demand()).isEqualTo(0.7);

        nanos += ResidencyTable.FORGOTTEN.toNanos();

        assertThat(table.elsewhere(OTHER, "another")).isEqualTo(Elsewhere.NONE);
    }

    @Test
    void whatWasWarmOnAPartitionThatComesIsHandedOver() {
        table(says(1, "other", model(HOT, 8), model(MILD, 2)));
        table(says(2, "other", model(OTHER, 5)));
        clock.pass(Duration.ofMinutes(10));

        takeover.turn(TestAdmin.NONE);

        assertThat(pool.handedOver()).containsExactly(HOT, MILD);
        assertThat(pool.heatOf(HOT)).isCloseTo(4, within(0.01));

        takeover.turn(TestAdmin.NONE);
        assertThat(pool.handedOver()).hasSize(2);

        ownership = new Ownership(4, COUNT, Set.of(0, 1, 2));
        takeover.turn(TestAdmin.NONE);
        assertThat(pool.handedOver()).containsExactly(HOT, MILD, OTHER);
    }

    @Test
    void nothingIsTakenOverBeforeTheTopicHasBeenRead() {
        current = false;
        takeover.turn(TestAdmin.NONE);

        table(says(1, "me", model(HOT, 8)));
        current = true;
        takeover.turn(TestAdmin.NONE);

        assertThat(pool.handedOver()).containsExactly(HOT);
    }

    @Test
    void theLastWordOfTheOwnerBeforeCountsAlthoughItComesLate() {
        takeover.turn(TestAdmin.NONE);
        assertThat(pool.handedOver()).isEmpty();

        table(says(1, "other", model(HOT, 8)));
        takeover.turn(TestAdmin.NONE);
        takeover.turn(TestAdmin.NONE);

        assertThat(pool.handedOver()).containsExactly(HOT);
    }

    @Test
    void ourOwnWordsTellUsNothingButAfterARestart() {
        takeover.turn(TestAdmin.NONE);
        table(says(1, "me", model(HOT, 8)));
        takeover.turn(TestAdmin.NONE);
        assertThat(pool.handedOver()).isEmpty();

        Takeover afterARestart = new Takeover(settings(), parts(), table, () -> true);
        afterARestart.turn(TestAdmin.NONE);
        assertThat(pool.handedOver()).containsExactly(HOT);
    }

    @Test
    void withMorePartitionsModelsAreFoundWhereverTheyWereWarm() {
        table(says(1, "other", model(HOT, 8)));
        int moved = ModelPartition.of(HOT, 64);
        ownership = new Ownership(5, 64, Set.of(moved));

        takeover.turn(TestAdmin.NONE);

        assertThat(pool.handedOver()).containsExactly(HOT);
    }

    @Test
    void aModelOfAnotherPartitionIsNotTakenOverWhateverTheRecordSays() {
        table(says(1, "other", model(OTHER, 8)));

        takeover.turn(TestAdmin.NONE);

        assertThat(pool.handedOver()).isEmpty();
    }

    private void turnFor(Duration time) throws Exception {
        for (int second = 0; second < time.toSeconds(); second++) {
            announcer.turn(TestAdmin.NONE);
            clock.pass(Duration.ofSeconds(1));
            nanos += Duration.ofSeconds(1).toNanos();
        }
    }

    private void written(Residency residency) {
        sent.add(residency);
        table(residency);
    }

    private void table(Residency residency) {
        table.put(residency.key(), residency.value());
    }

    private Residency says(int partition, String instance, Residency.Model... models) {
        return new Residency(partition, COUNT, instance, 2, clock.millis(), List.of(models), Map.of(), Map.of());
    }

    private static Residency.Model model(ModelName name, double heat) {
        return new Residency.Model(name, "v", heat);
    }

    private Warmth.Parts parts() {
        return new Warmth.Parts(() -> ownership, () -> new Standing(workload, demand, Map.of()), pool, routes, clock);
    }

    private static SpreadSettings settings() {
        return new SpreadSettings(
                "acme",
                "acme",
                "me",
                "acme.invocations",
                "acme.routes",
                "acme.residency",
                true,
                new SpreadLimits(true, Duration.ofSeconds(2), 16));
    }

    /** The name of the n-th model whose home this is. */
    private static ModelName onPartition(int partition, int n) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> new ModelName("m" + i + ".onnx"))
                .filter(name -> ModelPartition.of(name, COUNT) == partition)
                .skip(n)
                .findFirst()
                .orElseThrow();
    }
}
