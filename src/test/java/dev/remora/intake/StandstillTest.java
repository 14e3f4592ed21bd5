package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.reply.StartPoint;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StandstillTest {
    private final Bench bench = new Bench();
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final Trouble trouble = new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos);
    private final PollLoop loop = new PollLoop(bench.consumer, serving, trouble);

    @Test
    void aPartitionThatHasLongHadNoLeaderIsSaidUntilItHasOneAgain() {
        assign();
        bench.leaderless(Set.of(1));
        pass(20);
        assertThat(loop.standstill().text()).isEmpty();
        pass(20);

        assertThat(loop.standstill().text())
                .hasValueSatisfying(text -> assertThat(text).contains("[1]", "no leader", "--unavailable-partitions"));
        assertThat(trouble.text()).as("the others are served").isEmpty();

        bench.leaderless(Set.of());
        pass(6);
        assertThat(loop.standstill().text()).isEmpty();
    }

    @Test
    void thatTheBrokersDoNotSayWhoLeadsDoesNotMeanThatSomebodyDoes() {
        assign();
        bench.leaderless(Set.of(1));
        pass(40);

        bench.consumer.silentOnPartitions = true;
        pass(20);

        assertThat(loop.standstill().text())
                .hasValueSatisfying(text -> assertThat(text).contains("[1]", "no leader"));
        assertThat(loop.ownership().partitionCount()).isEqualTo(2);
    }

    @Test
    void aPartitionThatIsNotOursIsLeftToItsOwner() {
        assign();
        bench.leaderless(Set.of(1));
        bench.consumer.rebalance(List.of(P0));
        pass(40);

        assertThat(loop.standstill().text()).isEmpty();
    }

    @Test
    void aPartitionWhoseCommitIsInDoubtForLongIsSaidAndTheOthersAreRead() {
        bench.replies.slowStart = CompletableFuture.completedFuture(Map.of(P0, StartPoint.at(P0, Uuid.ZERO_UUID, 3)));
        assign();
        assertThat(bench.consumer.position(P0)).isEqualTo(3);
        assertThat(bench.consumer.paused()).containsExactly(P1);
        pass(40);

        assertThat(loop.standstill().text())
                .hasValueSatisfying(text -> assertThat(text).contains("[1]", "transaction", "find-hanging"));

        bench.replies.slowStart = null;
        pass(3);
        assertThat(bench.consumer.paused()).isEmpty();
        assertThat(loop.standstill().text()).isEmpty();
    }

    private void assign() {
        loop.subscribe();
        bench.consumer.rebalance(List.of(P0, P1));
        pass(1);
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            bench.time.pass(Duration.ofSeconds(1));
            loop.runOnce();
            loop.runOnce();
        }
    }
}
