package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.pool.LogSpy;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What becomes of a hot model's records where a partition takes none. */
@Timeout(60)
class ClosedLaneTest {
    private static final String HOT = "hot.onnx";

    private final Bench bench = new Bench(400, 1_000_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final PollLoop loop =
            new PollLoop(bench.consumer, serving, new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos));
    private long offset;

    @Test
    void thatAPartitionTakesNothingIsSaidOnceAndNotForEachOfItsRecords() {
        floodAndSpread(7, 9);
        List<FakeReplies.Forwarded> left = List.copyOf(bench.replies.forwarded);

        try (LogSpy log = new LogSpy(Intake.class)) {
            for (int i = 0; i < left.size(); i++) {
                left.get(i).fate().kept(new RemoraException(ErrorCode.UNAVAILABLE, "expired after " + i + " ms"));
            }

            assertThat(left).hasSizeGreaterThan(10);
            assertThat(log.said()).hasSize(2);
        }
    }

    @Test
    void whatAPartitionDoesNotTakeGoesToTheOthersForAMinute() {
        floodAndSpread(7, 9);
        refuse(7);
        turnWith(60);
        assertThat(leftTo(7)).isEmpty();
        assertThat(leftTo(9)).hasSizeGreaterThan(20);

        refuse(9);
        turnWith(20);
        assertThat(bench.replies.forwarded).isEmpty();

        aMinutePasses();
        turnWith(20);
        assertThat(leftTo(7)).isNotEmpty();
    }

    @Test
    void aPartitionThatTookNothingIsTriedWithOneRecordAndGetsMoreOnlyOnceThatLiesThere() {
        floodAndSpread(7);
        refuse(7);
        aMinutePasses();

        turnWith(20);
        turnWith(20);
        assertThat(leftTo(7)).hasSize(1);

        refuse(7);
        turnWith(20);
        assertThat(leftTo(7)).isEmpty();

        aMinutePasses();
        turnWith(20);
        bench.replies.forwarded.get(0).fate().taken();
        turnWith(20);
        assertThat(leftTo(7)).hasSizeGreaterThan(10);
    }

    @Test
    void onePartitionOnTrialKeepsNothingFromAnother() {
        floodAndSpread(7, 9);
        refuse(7);
        aMinutePasses();

        turnWith(60);

        assertThat(leftTo(7)).hasSize(1);
        assertThat(leftTo(9)).hasSizeGreaterThan(20);
    }

    private void floodAndSpread(Integer... partitions) {
        bench.pool.loaded.add(HOT);
        loop.subscribe();
        bench.consumer.rebalance(List.of(P0, P1));
        turn();
        turn();
        turnWith(90);
        serving.forwarder().follow(Map.of(new ModelName(HOT), List.of(partitions)));
        turn();
    }

    private void aMinutePasses() {
        bench.time.pass(Duration.ofMinutes(1));
        turn();
    }

    private void turnWith(int records) {
        for (int i = 0; i < records; i++) {
            bench.consumer.addRecord(Bench.record(P0, offset++, HOT));
        }
        turn();
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(50));
        loop.runOnce();
    }

    /** Says of one of those that went there that it could not, and forgets all that went anywhere. */
    private void refuse(int partition) {
        FakeReplies.Forwarded one = leftTo(partition).findFirst().orElseThrow();
        bench.replies.forwarded.clear();
        one.fate().kept(new RemoraException(ErrorCode.UNAVAILABLE, "no leader"));
    }

    private Stream<FakeReplies.Forwarded> leftTo(int partition) {
        return bench.replies.forwarded.stream().filter(each -> each.record().partition() == partition);
    }
}
