package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.P1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import dev.remora.intake.Window.Ran;
import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WindowTest {
    private long nanos = 1;
    private final Map<String, Demand> demands = new HashMap<>();
    private final Window window = new Window(10, 10_000, 10, () -> nanos);

    @BeforeEach
    void own() {
        window.assigned(P0, 1);
        window.assigned(P1, 1);
    }

    @Test
    void modelsTakeTurnsAndEachKeepsTheOrderOfTheLog() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "a.onnx", Tier.MEMORY);
        add(P0, 2, "a.onnx", Tier.MEMORY);
        add(P0, 3, "b.onnx", Tier.MEMORY);

        assertThat(takeAll(4)).containsExactly(0L, 3L, 1L, 2L);
    }

    @Test
    void whoRunsAModelRunsMoreOfItBeforeOthers() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "a.onnx", Tier.MEMORY);
        add(P0, 2, "a.onnx", Tier.MEMORY);
        add(P0, 3, "b.onnx", Tier.MEMORY);
        Work work = take();
        window.done(List.of(work.record()), new Ran(900_000, true, 1));

        List<Long> next = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            work = window.take(work).get(0);
            next.add(work.record().receipt().record().offset());
        }

        assertThat(next).containsExactly(1L, 3L, 2L);
    }

    @Test
    void ofAModelWithShortRunsAFewAreTakenAtOnceAndOfOthersOneIs() throws InterruptedException {
        assertThat(takenAtOnce(10_000)).as("runs of 10 us").isEqualTo(8);
        assertThat(takenAtOnce(40_000)).as("runs of 40 us").isEqualTo(2);
        assertThat(takenAtOnce(60_000)).as("runs of 60 us").isEqualTo(1);
        assertThat(takenAtOnce(900_000)).isEqualTo(1);
    }

    @Test
    void whatIsTakenAtOnceEndsOneByOne() throws InterruptedException {
        Window wide = withTenOf(10_000);
        List<Work> works = wide.take(null);
        assertThat(wide.backlog().running()).isEqualTo(1);
        assertThat(wide.backlog().records())
                .as("two that wait, and seven whose turn is next")
                .isEqualTo(9);

        works.forEach(each -> wide.done(List.of(each.record()), new Ran(10_000, true, 1)));

        assertThat(wide.backlog().running()).isZero();
        assertThat(wide.backlog().records()).isEqualTo(2);
    }

    @Test
    void oneRunThatWasHeldUpDoesNotMakeAModelLookSlowForGood() throws InterruptedException {
        Window wide = withTenOf(5_000_000);

        for (int offset = 11; offset < 311; ) {
            for (Work work : wide.take(null)) {
                wide.done(List.of(work.record()), new Ran(10_000, true, 1));
                wide.add(List.of(record(P0, offset++, "a.onnx", Tier.MEMORY, 3)));
            }
        }

        assertThat(wide.take(null)).hasSize(8);
    }

    @Test
    void ofAModelThatRunsSeveralInOneCallAsManyAreTakenAsMayHoldUpOthers() throws InterruptedException {
        assertThat(takenTogether(60_000, 6)).as("six of 60 us").isEqualTo(6);
        assertThat(takenTogether(500_000, 6)).as("as many as fit 2 ms").isEqualTo(4);
        assertThat(takenTogether(3_000_000, 6)).as("longer than that").isEqualTo(1);
    }

    private int takenTogether(long runNanos, int together) throws InterruptedException {
        Window wide = withTenOf(runNanos);
        wide.done(List.of(wide.take(null).get(0).record()), new Ran(runNanos, true, together));
        return wide.take(null).size();
    }

    private int takenAtOnce(long runNanos) throws InterruptedException {
        return withTenOf(runNanos).take(null).size();
    }

    private Window withTenOf(long runNanos) throws InterruptedException {
        Window wide = new Window(100, 10_000, 1, () -> nanos);
        wide.assigned(P0, 1);
        wide.add(List.of(record(P0, 0, "a.onnx", Tier.MEMORY, 3)));
        wide.done(List.of(wide.take(null).get(0).record()), new Ran(runNanos, true, 1));
        for (int i = 1; i <= 10; i++) {
            wide.add(List.of(record(P0, i, "a.onnx", Tier.MEMORY, 3)));
        }
        return wide;
    }

    @Test
    void aShortRunThatWaitsAlreadyBeginsBesideALongOneThatTakesTheLastSlot() throws InterruptedException {
        Window one = new Window(10, 10_000, 1, () -> nanos);
        one.assigned(P0, 1);
        for (String model : List.of("long.onnx", "short.onnx", "middle.onnx")) {
            one.add(List.of(record(P0, 0, model, Tier.MEMORY, 3)));
            long took = model.equals("long.onnx") ? 100_000_000 : model.equals("short.onnx") ? 1_000_000 : 3_000_000;
            one.done(List.of(one.take(null).get(0).record()), new Ran(took, true, 1));
        }
        one.add(List.of(record(P0, 1, "middle.onnx", Tier.MEMORY, 3)));
        Work middle = one.take(null).get(0);
        List<Work> beside = new CopyOnWriteArrayList<>();
        Thread more = new Thread(() -> {
            try {
                beside.add(one.take(null).get(0));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        more.start();
        Await.until(() -> more.getState() == Thread.State.WAITING);
        one.add(List.of(record(P0, 2, "long.onnx", Tier.MEMORY, 3)));
        one.add(List.of(record(P0, 3, "short.onnx", Tier.MEMORY, 3)));
        one.done(List.of(middle.record()), new Ran(3_000_000, true, 1));

        Work first = one.take(null).get(0);

        assertThat(first.record().model().value()).isEqualTo("long.onnx");
        Await.until(() -> !beside.isEmpty());
        assertThat(beside.get(0).record().model().value()).isEqualTo("short.onnx");
        one.close();
        more.join();
    }

    @Test
    void whoRunsAModelThatHasBecomeSlowLeavesTheNextRunToOthers() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "a.onnx", Tier.MEMORY);
        add(P0, 2, "a.onnx", Tier.MEMORY);
        add(P0, 3, "b.onnx", Tier.MEMORY);
        Work first = take();
        window.done(List.of(first.record()), new Ran(10_000, true, 1));
        Work second = window.take(first).get(0);
        nanos += 100_000_000;
        window.done(List.of(second.record()), new Ran(100_000_000, true, 1));

        Work next = window.take(second).get(0);

        assertThat(second.record().receipt().record().offset()).isEqualTo(1);
        assertThat(next.record().receipt().record().offset()).isEqualTo(3);
    }

    @Test
    void aModelThatIsNotInMemoryParksItsRecordsAndHoldsUpNoOther() throws InterruptedException {
        ModelQueue cold = add(P0, 0, "cold.onnx", Tier.DISK);
        assertThat(add(P0, 1, "cold.onnx", Tier.DISK)).isNull();
        add(P0, 2, "warm.onnx", Tier.MEMORY);

        assertThat(takeAll(1)).containsExactly(2L);
        assertThat(window.backlog().parked()).isEqualTo(2);

        window.ready(Objects.requireNonNull(cold), new Preparation(0, 0));
        assertThat(takeAll(2)).containsExactly(0L, 1L);
    }

    @Test
    void recordsThatWaitedAlreadyParkWithTheFirstThatFindsItsModelGone() {
        add(P0, 0, "a.onnx", Tier.MEMORY);

        ModelQueue queue = add(P0, 1, "a.onnx", Tier.DISK);

        assertThat(queue).isNotNull();
        assertThat(window.backlog().parked()).isEqualTo(2);
    }

    @Test
    void aRecordThatIsTakenTooEarlyGoesBackToItsPlace() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "a.onnx", Tier.MEMORY);
        add(P0, 2, "a.onnx", Tier.MEMORY);
        Work first = take();
        Work second = take();

        ModelQueue queue = window.park(second.record());
        assertThat(window.park(first.record())).isNull();
        window.ready(Objects.requireNonNull(queue), new Preparation(0, 0));

        assertThat(takeAll(3)).containsExactly(0L, 1L, 2L);
    }

    @Test
    void allThatWaitForAModelThatCannotBeHadAreToBeAnsweredSo() throws InterruptedException {
        ModelQueue queue = Objects.requireNonNull(add(P0, 0, "gone.onnx", Tier.S3));
        add(P0, 1, "gone.onnx", Tier.S3);
        RemoraException reason = new RemoraException(ErrorCode.MODEL_NOT_FOUND, "not there");

        window.failed(queue, reason);

        assertThat(take().failure()).isSameAs(reason);
        assertThat(take().failure()).isSameAs(reason);
        assertThat(add(P0, 2, "gone.onnx", Tier.S3)).isNotNull();
    }

    @Test
    void thePoolIsToldWhatWaitsAndSinceWhen() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        Demand demand = Objects.requireNonNull(add(P0, 1, "b.onnx", Tier.S3)).demand();
        assertThat(demand.nextUse()).isEqualTo(41);
        add(P0, 2, "b.onnx", Tier.S3);
        assertThat(demand.waiting()).isEqualTo(2);

        window.revoke(List.of(P0));

        assertThat(demand.waiting()).isZero();
        assertThat(demand.nextUse()).isEqualTo(Demand.NONE);
    }

    @Test
    void thePoolIsToldOfWhatWaitsForAModelThatIsInMemory() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "b.onnx", Tier.MEMORY);
        Demand demand = Objects.requireNonNull(demands.get("b.onnx"));
        assertThat(demand.nextUse()).isEqualTo(41);

        takeAll(2);
        assertThat(demand.nextUse()).isEqualTo(Demand.NONE);

        add(P0, 2, "b.onnx", Tier.MEMORY);
        assertThat(demand.waiting()).isEqualTo(1);
    }

    @Test
    void aDemandThatThePoolNoLongerLooksAtIsGivenUp() {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        Demand old = Objects.requireNonNull(demands.remove("a.onnx"));

        add(P0, 1, "a.onnx", Tier.MEMORY);

        assertThat(old.nextUse()).isEqualTo(Demand.NONE);
        assertThat(Objects.requireNonNull(demands.get("a.onnx")).waiting()).isEqualTo(2);
    }

    @Test
    void whatAModelWasWaitedForIsSaidOfEachRecordAsFarAsItWaited() throws InterruptedException {
        ModelQueue queue = add(P0, 0, "cold.onnx", Tier.S3);
        nanos += 700;
        add(P0, 1, "cold.onnx", Tier.S3);
        nanos += 300;

        window.ready(Objects.requireNonNull(queue), new Preparation(800, 150));

        WaitingRecord early = take().record();
        WaitingRecord late = take().record();
        assertThat(early.fetchNanos()).isEqualTo(800);
        assertThat(early.loadNanos()).isEqualTo(150);
        assertThat(late.fetchNanos()).isEqualTo(150);
        assertThat(late.loadNanos()).isEqualTo(150);
    }

    @Test
    void keyAndHeadersCountAsWell() {
        WaitingRecord plain = Waiting.record("a.onnx", 5);
        RecordHeaders headers = new RecordHeaders();
        headers.add("x-note", new byte[4_000]).add("x-empty", null);

        WaitingRecord wordy = Waiting.record("a.onnx", 5, headers);

        assertThat(plain.bytes()).isEqualTo(6 + 3 + "content-type".length() + "application/octet-stream".length());
        assertThat(wordy.bytes()).isEqualTo(plain.bytes() + "x-note".length() + 4_000 + "x-empty".length());
    }

    @Test
    void itIsFullByRecordsOrByBytesUntilTheyAreAnswered() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        assertThat(window.fill()).isEqualTo(0.1);
        add(P0, 1, "a.onnx", Tier.MEMORY, 9_900);
        assertThat(window.fill()).isGreaterThanOrEqualTo(0.99);

        Work small = take();
        Work large = take();
        assertThat(window.fill()).isGreaterThanOrEqualTo(0.99);
        window.done(List.of(small.record()), new Ran(1, true, 1));
        window.done(List.of(large.record()), new Ran(1, true, 1));

        assertThat(window.fill()).isZero();
    }

    @Test
    void aPartitionThatMovesOnLeavesNothingBehind() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P1, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "cold.onnx", Tier.S3);
        window.failed(
                Objects.requireNonNull(add(P0, 2, "bad.onnx", Tier.S3)),
                new RemoraException(ErrorCode.MODEL_INVALID, "bad"));

        window.revoke(List.of(P0));

        assertThat(window.backlog().records()).isEqualTo(1);
        assertThat(take().record().receipt().partition()).isEqualTo(P1);
        assertThat(window.fill()).isEqualTo(0.1);
    }

    @Test
    void aRecordOfAPartitionThatHasMovedOnIsNotTakenBack() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        Work work = take();

        window.revoke(List.of(P0));
        window.assigned(P0, 2);

        assertThat(window.park(work.record())).isNull();
        assertThat(window.backlog().records()).isZero();
        assertThat(window.fill()).isZero();
    }

    @Test
    void whatRunsIsAwaitedForABoundedTime() throws InterruptedException {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        Work work = take();

        assertThat(window.awaitIdle(List.of(P1), Duration.ZERO)).isTrue();
        assertThat(window.awaitIdle(List.of(P0), Duration.ofMillis(1))).isFalse();
        window.done(List.of(work.record()), new Ran(1, true, 1));
        assertThat(window.awaitIdle(List.of(P0), Duration.ZERO)).isTrue();
    }

    @Test
    void expiredRecordsAreTakenOutWhetherParkedOrNot() {
        add(P0, 0, "a.onnx", Tier.MEMORY);
        add(P0, 1, "cold.onnx", Tier.S3);

        assertThat(window.expire(999)).isEmpty();
        assertThat(window.expire(1_000)).hasSize(2);
        assertThat(window.backlog().records()).isZero();
        assertThat(window.fill()).isZero();
    }

    private @Nullable ModelQueue add(TopicPartition partition, long offset, String model, Tier tier) {
        return add(partition, offset, model, tier, 3);
    }

    private @Nullable ModelQueue add(TopicPartition partition, long offset, String model, Tier tier, int bytes) {
        return window.add(List.of(record(partition, offset, model, tier, bytes))).stream()
                .findFirst()
                .orElse(null);
    }

    private WaitingRecord record(TopicPartition partition, long offset, String model, Tier tier, int bytes) {
        Demand demand = demands.computeIfAbsent(model, each -> new Demand(new ModelName(model)));
        return Waiting.record(partition, offset, model, 5, new byte[bytes], new Prospect(tier, demand), nanos);
    }

    private Work take() throws InterruptedException {
        return window.take(null).get(0);
    }

    private List<Long> takeAll(int count) throws InterruptedException {
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            offsets.add(take().record().receipt().record().offset());
        }
        return offsets;
    }
}
