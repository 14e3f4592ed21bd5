package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.Deferred.Place;
import dev.remora.intake.Window.Ran;
import dev.remora.pool.LogSpy;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.Trouble;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** A window of 40 records, of which one model may hold ten. */
@Timeout(60)
class DeferralTest {
    private final Bench bench = new Bench(40, 100_000, 1, Duration.ofMillis(100));
    private final Serving serving = Serving.of(bench.settings, bench.parts);
    private final Window window = serving.window();
    private final PollLoop loop =
            new PollLoop(bench.consumer, serving, new Trouble(LoggerFactory.getLogger("test"), bench.time::nanos));
    private final LogConsumer again = new LogConsumer();
    private final DeferredReader reader = new DeferredReader(() -> again, serving);

    @BeforeEach
    void own() {
        bench.pool.loaded.add("other.onnx");
        loop.subscribe();
        bench.consumer.rebalance(List.of(P0, P1));
        turn();
        turn();
    }

    @Test
    void aFloodOnOneModelHidesNoOtherBehindIt() throws InterruptedException {
        flood(P0, 0, 30);
        send(Bench.record(P0, 30, "other.onnx"));
        turn();
        turn();

        assertThat(window.backlog().deferred()).isEqualTo(20);
        assertThat(window.backlog().records()).isEqualTo(11);
        assertThat(bench.consumer.paused()).isEmpty();
        serve(1);
        assertThat(bench.answeredOffsets()).containsExactly(30L);
    }

    @Test
    void whatWasDeferredRunsOnceAndInTheLogsOrder() throws InterruptedException {
        flood(P0, 0, 30);
        turn();
        bench.pool.load("flood.onnx", 0, 0);

        answerAll(30);

        assertThat(bench.answeredOffsets())
                .containsExactlyElementsOf(LongStream.range(0, 30).boxed().toList());
    }

    @Test
    void whatComesLaterWaitsBehindWhatIsDeferredUnlessItIsMoreUrgent() throws InterruptedException {
        flood(P0, 0, 12);
        turn();
        bench.pool.load("flood.onnx", 0, 0);
        serve(10);
        send(Bench.record(P0, 12, "flood.onnx"));
        send(urgent(13));
        turn();

        assertThat(window.backlog().deferred()).isEqualTo(3);
        assertThat(window.backlog().records()).isEqualTo(1);
        answerAll(14);
        assertThat(bench.answeredOffsets())
                .containsSubsequence(9L, 13L, 10L, 11L, 12L)
                .hasSize(14);
    }

    @Test
    void modelsWhoseRecordsRunFastAreNotReadTwice() throws InterruptedException {
        bench.pool.loaded.add("flood.onnx");
        send(Bench.record(P0, 0, "flood.onnx"));
        turn();
        serve(1);
        for (int i = 1; i < 40; i++) {
            serving.window().done(List.of(Waiting.record("flood.onnx", 5)), new Ran(1_000, true, 1));
        }

        flood(P0, 1, 30);
        turn();

        assertThat(window.backlog().deferred()).isZero();
        assertThat(window.backlog().records()).isEqualTo(30);
    }

    @Test
    void noErrorEndsTheThreadThatReadsAgainAndTheBrokersAreNotBlamedForIt() throws InterruptedException {
        DeferredReader failing = failing(new OutOfMemoryError("on purpose"));

        failing.turn();

        assertThat(window.backlog().deferred()).isEqualTo(2);
        assertThat(failing.trouble().text())
                .hasValueSatisfying(text -> assertThat(text)
                        .contains("on our side", "OutOfMemoryError: on purpose", "report it")
                        .doesNotContain("Check the brokers"));
    }

    @Test
    void whereTheBrokersRefuseTheRightToReadIsNamed() throws InterruptedException {
        DeferredReader failing = failing(new TopicAuthorizationException("not yours"));

        failing.turn();

        assertThat(failing.trouble().text())
                .hasValueSatisfying(text -> assertThat(text).contains("not yours", "READ 'in'"));
    }

    @Test
    void theStackTraceOfAFaultIsLoggedOnceAlsoWhenTheBrokersFailedBefore() throws InterruptedException {
        DeferredReader failing = failing(
                new TopicAuthorizationException("not yours"),
                new OutOfMemoryError("on purpose"),
                new OutOfMemoryError("again"));

        try (LogSpy log = new LogSpy(DeferredReader.class)) {
            failing.turn();
            failing.turn();
            failing.turn();

            assertThat(log.said())
                    .filteredOn(each -> each.startsWith("SEVERE"))
                    .singleElement()
                    .asString()
                    .contains("please report it");
        }
    }

    /** @param reasons why it cannot connect, one after the other */
    private DeferredReader failing(Throwable... reasons) throws InterruptedException {
        flood(P0, 0, 12);
        turn();
        bench.pool.load("flood.onnx", 0, 0);
        serve(10);
        Iterator<Throwable> next = List.of(reasons).iterator();
        DeferredReader failing = new DeferredReader(
                () -> {
                    Throwable reason = next.next();
                    if (reason instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) reason;
                },
                serving);
        failing.stop();
        return failing;
    }

    @Test
    void aDeferredRequestThatHasExpiredCostsNoLoad() throws InterruptedException {
        flood(P0, 0, 20);
        turn();
        bench.pool.fail("flood.onnx", new RemoraException(ErrorCode.MODEL_NOT_FOUND, "not there"));
        serve(10);
        bench.time.pass(Duration.ofHours(2));

        while (window.backlog().deferred() > 0) {
            reader.turn();
        }

        assertThat(bench.pool.demands).hasSize(1);
        assertThat(bench.replies.given.subList(10, 20))
                .extracting(each -> Objects.requireNonNull(each.error()).code())
                .containsOnly(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void aPartitionThatMovesOnTakesWhatWasDeferredOfItAlong() {
        flood(P0, 0, 15);
        turn();
        flood(P1, 0, 15);
        turn();
        assertThat(window.backlog().deferred()).isEqualTo(20);

        bench.consumer.rebalance(List.of(P1));

        assertThat(window.backlog().deferred()).isEqualTo(15);
        bench.consumer.rebalance(List.of());
        assertThat(window.backlog().deferred()).isZero();
        assertThat(window.fill()).isZero();
    }

    @Test
    void whileProgressHasNoRoomOnlyTheLowestGapIsClosedAndTheRestIsCounted() throws InterruptedException {
        for (int i = 0; i < 30; i += 2) {
            send(Bench.record(P0, i, "flood.onnx"));
            send(Bench.record(P0, i + 1, "another.onnx"));
        }
        turn();
        assertThat(window.backlog().deferred()).isEqualTo(10);
        full(true);
        assertThat(serving.figures().starvedSum()).isEqualTo(1);
        bench.pool.load("another.onnx", 0, 0);
        serve(10);

        assertThat(window.deferredAt(P0, 20)).isNotNull();
        assertThat(window.deferredAt(
                        P0, Objects.requireNonNull(window.deferredAt(P0, 21)).model(), 21))
                .isNull();

        full(false);
        assertThat(window.deferredAt(
                        P0, Objects.requireNonNull(window.deferredAt(P0, 21)).model(), 21))
                .isNotNull();
        assertThat(serving.figures().starvedSum()).isEqualTo(1);
    }

    @Test
    void whatMayNotLeaveIsReadAgainOnceThereIsRoomAndNotWithoutEnd() throws InterruptedException {
        for (int i = 0; i < 30; i++) {
            send(forwarded(i));
        }
        turn();
        serving.forwarder().follow(Map.of(new ModelName("flood.onnx"), List.of(7)));
        assertThat(dueAgain()).as("a line that might leave").isNotNull();

        reader.turn();

        assertThat(window.backlog().deferred()).isEqualTo(20);
        assertThat(dueAgain()).as("what is read again though it can go nowhere").isNull();
        bench.pool.load("flood.onnx", 0, 0);
        answerAll(30);
        assertThat(bench.replies.forwarded).isEmpty();
        assertThat(bench.answeredOffsets()).hasSize(30);
    }

    @Test
    void aDeferredRequestThatRetentionDeletedIsAnsweredSo() throws InterruptedException {
        flood(P0, 0, 20);
        turn();
        bench.pool.load("flood.onnx", 0, 0);
        again.log.removeIf(each -> each.offset() < 13);

        answerAll(20);

        assertThat(bench.answeredOffsets())
                .containsOnlyOnceElementsOf(LongStream.range(0, 20).boxed().toList());
        assertThat(bench.replies.given.stream().filter(each -> each.error() != null))
                .hasSize(3)
                .allSatisfy(
                        each -> assertThat(Objects.requireNonNull(each.error()).getMessage())
                                .contains("retention"));
    }

    private void flood(TopicPartition partition, int from, int count) {
        for (int i = from; i < from + count; i++) {
            send(Bench.record(partition, i, "flood.onnx"));
        }
    }

    private void send(ConsumerRecord<byte[], byte[]> record) {
        bench.consumer.addRecord(record);
        again.log.add(record);
    }

    private static ConsumerRecord<byte[], byte[]> urgent(long offset) {
        ConsumerRecord<byte[], byte[]> record = Bench.record(P0, offset, "flood.onnx");
        record.headers().add("remora-priority", "1".getBytes(StandardCharsets.US_ASCII));
        return record;
    }

    private static ConsumerRecord<byte[], byte[]> forwarded(long offset) {
        ConsumerRecord<byte[], byte[]> record = Bench.record(P0, offset, "flood.onnx");
        record.headers().add("remora-origin", "in-5-17".getBytes(StandardCharsets.US_ASCII));
        return record;
    }

    private @Nullable Place dueAgain() throws InterruptedException {
        return window.nextDeferred(Duration.ZERO, serving.forwarder()::wants);
    }

    private void turn() {
        bench.time.pass(Duration.ofMillis(210));
        loop.runOnce();
    }

    private void full(boolean now) {
        bench.replies.progress.put(P0, new Commit(epoch(), new OffsetAndMetadata(0), now));
        turn();
    }

    private long epoch() {
        return Objects.requireNonNull(loop.assignment().of(P0)).epoch();
    }

    /** Each run takes 50 ms: the model is slow. */
    private void serve(int count) throws InterruptedException {
        bench.pool.run = (inputs, limit) -> {
            bench.time.pass(Duration.ofMillis(50));
            return inputs;
        };
        for (int i = 0; i < count; i++) {
            serving.flow().serve(window.take(null).get(0));
        }
    }

    private void answerAll(int count) throws InterruptedException {
        while (bench.answeredOffsets().size() < count) {
            serve(window.backlog().records());
            if (window.backlog().deferred() > 0) {
                reader.turn();
            }
        }
    }
}
