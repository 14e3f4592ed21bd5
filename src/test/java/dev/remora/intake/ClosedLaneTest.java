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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class ClosedLaneTest {
    private static final String HOT = "hot.onnx";

    private final Bench bench = new Bench(400, 1_000_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final PollLoop loop =
            new PollLoop(bench.consumer, serving, new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos));

    @Test
    void thatAPartitionTakesNothingIsSaidOnceAndNotForEachOfItsRecords() {
        List<FakeReplies.Forwarded> left = left(7, 9);

        try (LogSpy log = new LogSpy(Intake.class)) {
            for (int i = 0; i < left.size(); i++) {
                left.get(i).kept().accept(new RemoraException(ErrorCode.UNAVAILABLE, "expired after " + i + " ms"));
            }

            assertThat(left).hasSizeGreaterThan(10);
            assertThat(log.said()).hasSize(2);
        }
    }

    private List<FakeReplies.Forwarded> left(Integer... partitions) {
        bench.pool.loaded.add(HOT);
        loop.subscribe();
        bench.consumer.rebalance(List.of(P0, P1));
        turn();
        turn();
        for (int i = 0; i < 90; i++) {
            bench.consumer.addRecord(Bench.record(P0, i, HOT));
        }
        turn();
        serving.forwarder().follow(Map.of(new ModelName(HOT), List.of(partitions)));
        turn();
        return List.copyOf(bench.replies.forwarded);
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(50));
        loop.runOnce();
    }
}
