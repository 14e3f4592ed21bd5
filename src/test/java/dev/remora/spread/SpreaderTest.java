package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.Standing;
import dev.remora.intake.Workload;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Six partitions, three instances; we are the first one. */
class SpreaderTest {
    private static final int PARTITIONS = 6;
    private static final ModelName HOT = new ModelName("hot.onnx");
    private static final Route HOME = Route.home(HOT, PARTITIONS);

    /** The fake knows what it would be asked. */
    private static final Admin NOBODY = (Admin)
            Proxy.newProxyInstance(Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (it, what, with) -> {
                throw new UnsupportedOperationException(what.getName());
            });

    private final RouteTable routes = new RouteTable();
    private final Fake around = new Fake();
    private long nanos = 1;
    private Spreader spreader = spreader(new SpreadLimits(true, Duration.ofSeconds(2), 16));

    @Test
    void aHotModelIsGivenToOneMoreInstanceAndItsRecordsToThatOnesPartition() throws Exception {
        hot(5, 2);
        pass(Duration.ofSeconds(3));

        Route route = route();
        assertThat(route.partitions()).hasSize(2).startsWith(HOME.home());
        assertThat(around.lanes)
                .isEqualTo(Map.of(HOT, List.of(route.partitions().get(1))));
        assertThat(owner(route.partitions().get(1))).isNotEqualTo("0");
        assertThat(spreader.spreadModels()).isEqualTo(1);
    }

    @Test
    void theLanesOfItsModelsAreMeasuredEveryTwoSeconds() throws Exception {
        int other = partitionOf("1");
        publish(HOME.widened(other));
        pass(Duration.ofSeconds(10));

        assertThat(around.measured).hasSize(5).containsOnly(Set.of(other));
    }

    @Test
    void aloneNothingIsSpread() throws Exception {
        around.instances = 1;
        hot(50, 2);
        pass(Duration.ofSeconds(30));

        assertThat(around.announced).isEmpty();
        assertThat(around.lanes).isEmpty();
    }

    @Test
    void aModelWhoseHomeIsElsewhereIsNotOurs() throws Exception {
        around.home = "1";
        hot(50, 2);
        pass(Duration.ofSeconds(30));

        assertThat(around.announced).isEmpty();
    }

    @Test
    void whoIsOnARouteFromElsewhereOnlyCountsItsDemand() throws Exception {
        around.home = "1";
        int ours = partitionOf("0");
        publish(HOME.widened(ours));
        pass(Duration.ofSeconds(1));

        assertThat(around.lanes).isEqualTo(Map.of(HOT, List.of()));
    }

    @Test
    void itGrowsNoWiderThanAllowedAndNoWiderThanThereAreInstances() throws Exception {
        spreader = spreader(new SpreadLimits(true, Duration.ofSeconds(2), 2));
        hot(50, 5);
        pass(Duration.ofMinutes(1));
        assertThat(route().partitions()).hasSize(2);

        spreader = spreader(new SpreadLimits(true, Duration.ofSeconds(2), 16));
        pass(Duration.ofMinutes(1));

        assertThat(route().partitions()).hasSize(3);
    }

    @Test
    void whenTheFloodIsOverItsRouteIsTakenBack() throws Exception {
        hot(5, 2);
        pass(Duration.ofSeconds(3));
        hot(0, 0.1);
        pass(Duration.ofSeconds(40));

        assertThat(routes.all()).isEmpty();
        assertThat(around.lanes).isEmpty();
        assertThat(around.announced.get(around.announced.size() - 1).value()).isNull();
    }

    @Test
    void aRouteThatIsNeededAgainSoonAfterItWasTakenBackStaysForLonger() throws Exception {
        hot(5, 2);
        pass(Duration.ofSeconds(3));
        hot(0, 0.1);
        pass(Duration.ofSeconds(50));
        assertThat(routes.all()).isEmpty();

        hot(5, 2);
        pass(Duration.ofSeconds(3));
        hot(0, 0.1);
        pass(Duration.ofSeconds(50));
        assertThat(route().partitions()).hasSize(2);

        pass(Duration.ofSeconds(20));
        assertThat(routes.all()).isEmpty();
    }

    @Test
    void whatComesToTheOthersAtFirstHandKeepsItWide() throws Exception {
        hot(5, 2);
        pass(Duration.ofSeconds(3));
        hot(0, 0.4);
        around.elsewhere = new Elsewhere(0.4, 0.4, 0);
        pass(Duration.ofMinutes(3));

        assertThat(route().partitions()).hasSize(2);
    }

    @Test
    void whatWaitsAtAHelperAloneWidensToo() throws Exception {
        publish(HOME.widened(partitionOf("1")));
        hot(0, 0.3);
        around.elsewhere = new Elsewhere(1.2, 1.2, 8);
        pass(Duration.ofSeconds(14));
        assertThat(route().partitions()).hasSize(2);

        pass(Duration.ofSeconds(3));

        assertThat(route().partitions()).extracting(this::owner).containsExactly("0", "1", "2");
    }

    @Test
    void aChangedPartitionCountVoidsARoute() throws Exception {
        Route old = new Route(
                HOT, 7, List.of(Route.home(HOT, 7).home(), (Route.home(HOT, 7).home() + 1) % 7));
        publish(old);
        pass(Duration.ofSeconds(1));

        assertThat(routes.all()).isEmpty();
        assertThat(around.lanes).isEmpty();
    }

    @Test
    void switchedOffItTakesItsRoutesBackAndForwardsNothing() throws Exception {
        publish(HOME.widened(partitionOf("1")));
        spreader = spreader(new SpreadLimits(false, Duration.ofSeconds(2), 16));
        hot(50, 5);
        pass(Duration.ofSeconds(1));

        assertThat(routes.all()).isEmpty();
        assertThat(around.lanes).isEmpty();
    }

    @Test
    void partitionsThatHaveComeToUsAreForwardedNothingAndLeaveTheRouteAfterAWhile() throws Exception {
        int other = partitionOf("1");
        publish(HOME.widened(other));
        pass(Duration.ofSeconds(1));
        assertThat(around.lanes).isEqualTo(Map.of(HOT, List.of(other)));

        around.instances = 1;
        pass(Duration.ofSeconds(4));
        assertThat(around.lanes).isEqualTo(Map.of(HOT, List.of()));
        assertThat(routes.all()).hasSize(1);

        pass(Duration.ofSeconds(12));
        assertThat(routes.all()).isEmpty();
    }

    @Test
    void aPartitionThatLeftARouteSinceItHadComeToUsIsNoReasonToStayWideForLonger() throws Exception {
        hot(5, 2);
        pass(Duration.ofSeconds(3));
        hot(0, 0.1);
        around.instances = 1;
        pass(Duration.ofSeconds(15));
        assertThat(routes.all()).isEmpty();

        around.instances = 3;
        hot(5, 2);
        pass(Duration.ofSeconds(3));
        assertThat(route().partitions()).hasSize(2);
        hot(0, 0.1);
        pass(Duration.ofSeconds(50));

        assertThat(routes.all()).isEmpty();
    }

    @Test
    void partitionsThatCameToUsAndWentAgainAreForgotten() throws Exception {
        around.instances = 2;
        publish(HOME.widened(partitionOf("1")));
        hot(50, 5);
        pass(Duration.ofSeconds(4));
        hot(0, 0.3);
        around.instances = 1;
        pass(Duration.ofMillis(500));
        hot(50, 5);
        around.instances = 2;
        pass(Duration.ofSeconds(14));

        around.instances = 1;
        pass(Duration.ofSeconds(2));
        hot(0, 0.3);
        pass(Duration.ofSeconds(4));

        assertThat(route().partitions()).hasSize(2);
    }

    @Test
    void aRouteThatCannotBePublishedIsTriedAgainNowAndThen() throws Exception {
        around.refusal = new KafkaException("aborted", new TopicAuthorizationException("routes"));
        hot(50, 2);
        pass(Duration.ofSeconds(30));

        assertThat(around.announced).hasSizeBetween(2, 4);
        assertThat(around.lanes).isEmpty();
    }

    @Test
    void aRouteWhoseTransactionWasAbortedIsTriedAgainSoon() throws Exception {
        around.refusal = new KafkaException("aborted", new TopicAuthorizationException(Set.of("another")));
        hot(50, 2);
        pass(Duration.ofSeconds(3));
        assertThat(around.announced).isNotEmpty();

        around.refusal = null;
        pass(Duration.ofSeconds(4));

        assertThat(route().partitions()).hasSizeGreaterThan(1);
    }

    @Test
    void aVoidRouteThatCannotBeTakenBackIsTriedAgainNowAndThen() throws Exception {
        int home = Route.home(HOT, 7).home();
        publish(new Route(HOT, 7, List.of(home, (home + 1) % 7)));
        around.refusal = new TopicAuthorizationException("routes");
        pass(Duration.ofSeconds(30));

        assertThat(around.announced).hasSizeBetween(2, 4);
    }

    @Test
    void aRouteThatAppearsWhileItsModelIsLookedAfterIsTakenBackAsWell() throws Exception {
        hot(2.5, 0.1);
        pass(Duration.ofMillis(500));
        publish(HOME.widened(partitionOf("1")));
        hot(0, 0.1);
        pass(Duration.ofSeconds(40));

        assertThat(routes.all()).isEmpty();
    }

    private Spreader spreader(SpreadLimits limits) {
        return new Spreader(
                new SpreadSettings("e", "e", "i", "in", "routes", "residency", false, limits),
                routes,
                around,
                () -> nanos);
    }

    private void hot(double backlog, double demand) {
        around.workload = new Workload(backlog, Math.min(1, demand), Map.of(HOT, backlog), 0);
        around.demand = Map.of(HOT, demand);
    }

    private void pass(Duration time) throws Exception {
        for (long left = time.toNanos(); left > 0; left -= spreader.pause().toNanos()) {
            spreader.turn(NOBODY);
            nanos += spreader.pause().toNanos();
        }
    }

    private Route route() {
        return routes.find(HOT, PARTITIONS).orElseThrow();
    }

    private void publish(Route route) {
        routes.put(route.key(), route.value());
    }

    private int partitionOf(String owner) {
        for (int i = 0; i < PARTITIONS; i++) {
            if (i != HOME.home() && owner(i).equals(owner)) {
                return i;
            }
        }
        throw new AssertionError("no partition of " + owner);
    }

    private String owner(int partition) {
        return Objects.requireNonNull(around.owners().get(partition));
    }

    /** Instances and brokers as the test has them; what is announced is in the table at once. */
    private final class Fake implements Spreader.Surroundings {
        private final List<ProducerRecord<byte[], byte[]>> announced = new ArrayList<>();
        private final List<Set<Integer>> measured = new ArrayList<>();
        private Workload workload = Workload.NONE;
        private Map<ModelName, Double> demand = Map.of();
        private Map<ModelName, List<Integer>> lanes = Map.of();
        private Elsewhere elsewhere = Elsewhere.NONE;
        private int instances = 3;
        private String home = "0";
        private @Nullable Exception refusal;

        private Map<Integer, String> owners() {
            Map<Integer, String> owners = new HashMap<>();
            for (int i = 0; i < PARTITIONS; i++) {
                int shifted = (i - HOME.home() + PARTITIONS) % instances;
                owners.put(i, Integer.toString((shifted + Integer.parseInt(home)) % instances));
            }
            return owners;
        }

        @Override
        public Standing standing() {
            Map<TopicPartition, Long> owned = new HashMap<>();
            owners().forEach((partition, owner) -> {
                if (owner.equals("0")) {
                    owned.put(new TopicPartition("in", partition), 1L);
                }
            });
            return new Standing(workload, demand, owned);
        }

        @Override
        public void spread(Map<ModelName, List<Integer>> now) {
            lanes = now;
        }

        @Override
        public CompletionStage<Void> announce(TopicPartition at, long epoch, ProducerRecord<byte[], byte[]> route) {
            announced.add(route);
            if (refusal != null) {
                return CompletableFuture.failedFuture(refusal);
            }
            routes.put(route.key(), route.value());
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public Topology topology(Admin admin) {
            return new Topology(PARTITIONS, owners());
        }

        @Override
        public void measure(Admin admin, Set<Integer> partitions) {
            measured.add(partitions);
        }

        @Override
        public Elsewhere elsewhere(ModelName model) {
            return elsewhere;
        }
    }
}
