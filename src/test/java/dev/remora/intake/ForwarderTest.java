package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Route;
import dev.remora.protocol.Tier;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** A window of 400 records, of which one model may hold a hundred; a run of the hot model takes 100 ms. */
@Timeout(60)
class ForwarderTest {
    private static final String HOT = atHomeIn(P0);
    private static final int FLOOR = 2;

    private final Bench bench = new Bench(400, 1_000_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final Window window = serving.window();
    private final PollLoop loop =
            new PollLoop(bench.consumer, serving, new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos));
    private final LogConsumer again = new LogConsumer();
    private final DeferredReader reader = new DeferredReader(() -> again, serving);
    private long offset;

    @BeforeEach
    void own() throws InterruptedException {
        bench.pool.loaded.add(HOT);
        bench.pool.loaded.add("other.onnx");
        loop.subscribe();
        bench.consumer.rebalance(List.of(P0, P1));
        turn();
        turn();
        flood(1);
        turn();
        serve(1);
        bench.replies.given.clear();
    }

    @Test
    void nothingIsForwardedWhileNothingIsSpread() {
        flood(90);
        turn();

        assertThat(serving.forwarder().idle()).isTrue();
        assertThat(bench.replies.forwarded).isEmpty();
        assertThat(window.backlog().records()).isEqualTo(90);
    }

    @Test
    void whatWaitsIsSharedOut() {
        flood(90);
        turn();

        spread(7);
        turn();

        assertThat(bench.replies.forwarded).hasSize(45).allSatisfy(each -> {
            assertThat(each.record().topic()).isEqualTo(Bench.TOPIC);
            assertThat(each.record().partition()).isEqualTo(7);
        });
        assertThat(window.backlog().records()).isEqualTo(45);
        assertThat(window.backlog().bytes()).isEqualTo(45L * bytes());
    }

    @Test
    void whatComesIsSharedOutAmongAllAndOtherModelsStay() throws InterruptedException {
        spread(7, 9);
        for (int i = 0; i < 60; i++) {
            flood(1);
            send(Bench.record(P1, i, "other.onnx"));
            turn();
        }

        assertThat(forwardedTo(7)).isCloseTo(20, within(3L));
        assertThat(forwardedTo(9)).isCloseTo(20, within(3L));
        assertThat(bench.replies.forwarded)
                .allSatisfy(each -> assertThat(each.record().key()).isEqualTo(HOT.getBytes(UTF_8)));
        assertThat(window.backlog().records()).isEqualTo(120 - bench.replies.forwarded.size());
    }

    @Test
    void whatIsDeferredIsReadAgainAndLeavesAsWellAndNoRecordTwice() throws InterruptedException {
        flood(300);
        turn();
        assertThat(window.backlog().deferred()).isEqualTo(200);

        spread(7);
        for (int i = 0; i < 20; i++) {
            turn();
            readAgain();
        }
        drain();

        Set<Long> seen = new HashSet<>(bench.answeredOffsets());
        bench.replies.forwarded.forEach(
                each -> assertThat(seen.add(each.receipt().record().offset())).isTrue());
        assertThat(seen).hasSize(300);
        assertThat(bench.replies.given).hasSize(300 - bench.replies.forwarded.size());
        assertThat(bench.replies.forwarded).hasSizeBetween(120, 180);
    }

    @Test
    void whatRunsHereIsTakenToRunThereAsWell() throws InterruptedException {
        spread(7);
        flood(40);
        turn();
        int before = bench.replies.forwarded.size();

        serve(10);
        turn();
        flood(20);
        turn();

        assertThat(before).isCloseTo(20, within(2));
        assertThat(bench.replies.forwarded).hasSize(before + 10);
    }

    @Test
    void aLaneThatIsLongerThanReckonedIsFedNoMoreAndAnotherOneIs() throws InterruptedException {
        floodAndSpread(7);
        bench.replies.forwarded.clear();

        serve(20);
        serving.forwarder().measured(Map.of(7, 1_000L));
        flood(40);
        turn();
        turn();
        assertThat(bench.replies.forwarded).isEmpty();

        spread(7, 9);
        turn();
        turn();

        assertThat(forwardedTo(7)).isZero();
        assertThat(forwardedTo(9)).isBetween(30L, 35L);
    }

    @Test
    void whatHasExpiredIsAnsweredHere() {
        flood(90);
        turn();
        spread(7);
        bench.time.pass(Duration.ofHours(2));
        long epoch = Objects.requireNonNull(window.ask(in -> in.epochs().get(P0)));

        new Reading(serving).read(Bench.record(P0, offset, HOT), epoch, 2);

        assertThat(bench.replies.forwarded).isEmpty();
        assertThat(bench.answeredOffsets()).containsExactly(offset);
    }

    @Test
    void aShortQueueStays() {
        spread(7);
        flood(FLOOR);
        turn();
        turn();

        assertThat(bench.replies.forwarded).isEmpty();
    }

    @Test
    void whatWasForwardedIsNotForwardedAgainNorCountedAsMispartitioned() {
        spread(0);
        for (int i = 0; i < 50; i++) {
            ConsumerRecord<byte[], byte[]> record = Bench.record(P1, i, HOT);
            record.headers().add("remora-origin", "in-5-17".getBytes(UTF_8));
            send(record);
        }
        turn();
        turn();

        assertThat(bench.replies.forwarded).isEmpty();
        assertThat(serving.figures().mispartitionedSum()).isZero();
    }

    @Test
    void whatTheRouteLeadsHereIsNotMispartitioned() {
        int stray = P1.partition();
        send(Bench.record(P1, 0, HOT));
        turn();
        long before = serving.figures().mispartitionedSum();

        Route route = Route.home(new ModelName(HOT), 2).widened(stray);
        bench.routes.put(route.key(), route.value());
        send(Bench.record(P1, 1, HOT));
        turn();

        assertThat(before).isEqualTo(1);
        assertThat(serving.figures().mispartitionedSum()).isEqualTo(1);
    }

    @Test
    void whatCannotLeaveIsAnsweredHereAndTheRestStaysForAMinute() throws InterruptedException {
        floodAndSpread(7);
        List<FakeReplies.Forwarded> left = new ArrayList<>(bench.replies.forwarded);
        bench.replies.forwarded.clear();

        left.forEach(each -> each.fate().kept(new RemoraException(ErrorCode.FORBIDDEN, "no right")));
        flood(10);
        turn();
        turn();

        assertThat(bench.replies.forwarded).isEmpty();
        assertThat(window.backlog().records()).isEqualTo(100);
        serve(100);
        assertThat(bench.replies.given).hasSize(100);
    }

    @Test
    void aRequestIsCountedOnceWhereItIsAnsweredHoweverLongItWaitedBeforeItLeft() throws InterruptedException {
        floodAndSpread(7);
        int left = bench.replies.forwarded.size();

        serve(90 - left);

        assertThat(left).isPositive();
        assertThat(serving.figures().byTier().get(Tier.MEMORY)).isEqualTo(1L + 90 - left);
    }

    @Test
    void aRecordWhosePartitionIsNotKnownKeepsNoOtherFromLeaving() {
        floodAndSpread(7);
        FakeReplies.Forwarded one = bench.replies.forwarded.get(0);
        bench.replies.forwarded.clear();

        one.fate().kept(new RemoraException(ErrorCode.BAD_REQUEST, "no such partition"));
        flood(40);
        turn();
        turn();

        assertThat(bench.replies.forwarded).isNotEmpty();
    }

    @Test
    void whatIsTooLargeToLeaveIsNotTriedAgain() {
        floodAndSpread(7);
        List<FakeReplies.Forwarded> left = new ArrayList<>(bench.replies.forwarded);
        bench.replies.forwarded.clear();

        left.forEach(each -> each.fate().kept(new RemoraException(ErrorCode.PAYLOAD_TOO_LARGE, "too large")));
        turn();
        turn();

        Set<Long> offsets = new HashSet<>();
        left.forEach(each -> offsets.add(each.receipt().record().offset()));
        assertThat(bench.replies.forwarded)
                .allSatisfy(each -> assertThat(offsets)
                        .doesNotContain(each.receipt().record().offset()));
    }

    @Test
    void demandIsWhatComesAtFirstHand() {
        spread();
        for (int i = 0; i < 200; i++) {
            flood(1);
            ConsumerRecord<byte[], byte[]> forwarded = Bench.record(P1, i, HOT);
            forwarded.headers().add("remora-origin", "in-5-17".getBytes(UTF_8));
            send(forwarded);
            turn();
        }

        // One in 50 ms, of 100 ms each, for one run thread.
        assertThat(Objects.requireNonNull(serving.forwarder().demand().get(new ModelName(HOT))))
                .isCloseTo(2, within(0.1));
        assertThat(bench.replies.forwarded).isEmpty();
    }

    private void floodAndSpread(int... partitions) {
        flood(90);
        turn();
        spread(partitions);
        turn();
    }

    private void spread(int... partitions) {
        List<Integer> lanes = new ArrayList<>();
        for (int each : partitions) {
            lanes.add(each);
        }
        serving.forwarder().follow(Map.of(new ModelName(HOT), lanes));
    }

    private long forwardedTo(int partition) {
        return bench.replies.forwarded.stream()
                .filter(each -> each.record().partition() == partition)
                .count();
    }

    private static String atHomeIn(TopicPartition partition) {
        return IntStream.range(0, 100)
                .mapToObj(each -> "hot-" + each + ".onnx")
                .filter(each -> ModelPartition.of(new ModelName(each), 2) == partition.partition())
                .findFirst()
                .orElseThrow();
    }

    private static int bytes() {
        return Waiting.record(HOT, 5).bytes();
    }

    private void flood(int records) {
        for (int i = 0; i < records; i++) {
            ConsumerRecord<byte[], byte[]> record = Bench.record(P0, offset++, HOT);
            send(record);
            again.log.add(record);
        }
    }

    private void send(ConsumerRecord<byte[], byte[]> record) {
        bench.consumer.addRecord(record);
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(50));
        loop.runOnce();
    }

    private void serve(int records) throws InterruptedException {
        bench.pool.run = (inputs, limit) -> {
            bench.time.pass(Duration.ofMillis(100));
            return inputs;
        };
        for (int i = 0; i < records; i++) {
            serving.flow().serve(window.take(null).get(0));
        }
    }

    private void readAgain() throws InterruptedException {
        ModelName hot = new ModelName(HOT);
        boolean due = window.ask(in -> in.deferred().records(hot) > 0
                && (in.shares().hasRoom(hot) || serving.forwarder().wants(hot, in)));
        if (due) {
            reader.turn();
        }
    }

    private void drain() throws InterruptedException {
        while (window.backlog().records() + window.backlog().deferred() > 0) {
            if (window.backlog().records() > 0) {
                serve(1);
            }
            turn();
            readAgain();
        }
    }
}
