package dev.remora.intake;

import static dev.remora.Await.until;
import static dev.remora.intake.Bench.P0;
import static dev.remora.intake.Bench.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IntakeTest {
    private final Bench bench = new Bench(100, 100_000, 2, Duration.ofMillis(300));
    private final Queue<Consumer<byte[], byte[]>> consumers = new ArrayDeque<>(List.of(bench.consumer));
    private final Intake intake = Intake.start(bench.settings, this::connect, Bench::none, () -> true, bench.parts);

    @AfterEach
    void close() {
        intake.close();
    }

    @Test
    void aRequestIsAnsweredByItsModel() {
        bench.pool.loaded.add("a.onnx");
        send(0, "a.onnx");
        until(() -> bench.replies.given.size() == 1);

        FakeReplies.Given reply = bench.replies.given.get(0);
        assertThat(Objects.requireNonNull(reply.body()).bytes()).containsExactly(1, 2, 3);
        assertThat(reply.head().version()).isEqualTo("v1");
        assertThat(reply.head().tier()).isEqualTo(Tier.MEMORY);
        assertThat(reply.head().instance()).isEqualTo("one");
        assertThat(reply.head().batch()).isEqualTo(1);
        until(() -> bench.pool.closed.get() == 1);
        assertThat(intake.snapshot().byStatus()).containsEntry(200, 1L);
        assertThat(intake.snapshot().assignedPartitions()).isEqualTo(1);
    }

    @Test
    void aColdModelHoldsUpNoOther() {
        bench.pool.loaded.add("warm.onnx");
        send(0, "cold.onnx");
        send(1, "warm.onnx");
        until(() -> bench.replies.given.size() == 1);
        assertThat(bench.answeredOffsets()).containsExactly(1L);
        assertThat(intake.snapshot().parkedRecords()).isEqualTo(1);
        until(() -> !bench.pool.preparing.isEmpty());

        bench.pool.load("cold.onnx", 10, 5);
        until(() -> bench.replies.given.size() == 2);

        assertThat(bench.replies.given.get(1).head().tier()).isEqualTo(Tier.S3);
        assertThat(intake.snapshot().parkedRecords()).isZero();
    }

    @Test
    void allWhoWaitForAModelThatCannotBeHadAreAnsweredWithTheReason() {
        send(0, "gone.onnx");
        send(1, "gone.onnx");
        until(() -> intake.snapshot().parkedRecords() == 2 && !bench.pool.preparing.isEmpty());

        bench.pool.fail("gone.onnx", new RemoraException(ErrorCode.MODEL_NOT_FOUND, "no such model"));
        until(() -> bench.replies.given.size() == 2);

        assertThat(bench.replies.given)
                .allSatisfy(each ->
                        assertThat(Objects.requireNonNull(each.error()).code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND));
    }

    @Test
    void aFaultWhileRunningIsAnsweredAndTheThreadGoesOn() {
        bench.pool.loaded.add("a.onnx");
        AtomicInteger runs = new AtomicInteger();
        bench.pool.run = (inputs, limit) -> {
            int run = runs.incrementAndGet();
            if (run <= 2) {
                throw new OutOfMemoryError("a test's");
            }
            if (run <= 4) {
                throw new IllegalStateException("a test's");
            }
            return inputs;
        };
        for (int i = 0; i < 5; i++) {
            send(i, "a.onnx");
        }
        until(() -> bench.replies.given.size() == 5);

        // Counted once it is on its way.
        until(() -> intake.snapshot().byStatus().equals(Map.of(500, 4L, 200, 1L)));
        until(() -> bench.pool.closed.get() == 5);
    }

    @Test
    void aRunMayTakeNoLongerThanItsRequestIsWorth() {
        bench.pool.loaded.add("a.onnx");
        bench.time.pass(Duration.ofHours(1).minusSeconds(2));
        List<Duration> limits = new CopyOnWriteArrayList<>();
        bench.pool.run = (inputs, limit) -> {
            limits.add(limit);
            return inputs;
        };
        send(0, "a.onnx");
        until(() -> bench.replies.given.size() == 1);

        assertThat(limits.get(0)).isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(2));
    }

    @Test
    void aRunThatIsStoppedAtItsLimitIsAnsweredSoAndTheNextGoesOn() {
        bench.pool.loaded.add("a.onnx");
        bench.pool.run = (inputs, limit) -> {
            if (bench.replies.given.isEmpty()) {
                bench.time.pass(limit);
                throw new RemoraException(ErrorCode.DEADLINE_EXCEEDED, "stopped after " + limit);
            }
            return inputs;
        };
        send(0, "a.onnx");
        until(() -> bench.replies.given.size() == 1);
        send(1, "a.onnx");
        until(() -> bench.replies.given.size() == 2);

        FakeReplies.Given stopped = bench.replies.given.get(0);
        assertThat(Objects.requireNonNull(stopped.error()).getMessage()).isEqualTo("stopped after PT1M");
        assertThat(stopped.head().timing().runNanos())
                .isEqualTo(Duration.ofMinutes(1).toNanos());
        assertThat(bench.replies.given.get(1).error()).isNull();
        until(() -> bench.pool.closed.get() == 2);
    }

    @Test
    void aRunThatHangsIsSeen() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        bench.pool.run = (inputs, limit) -> {
            running.countDown();
            finish.await(30, TimeUnit.SECONDS);
            return inputs;
        };
        bench.time.pass(Duration.ofMinutes(2));
        assertThat(intake.snapshot().longestRunNanos()).isZero();

        send(0, "a.onnx");
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
        bench.time.pass(Duration.ofMinutes(5));
        long hanging = intake.snapshot().longestRunNanos();
        finish.countDown();

        assertThat(hanging).isEqualTo(Duration.ofMinutes(5).toNanos());
        until(() -> intake.snapshot().longestRunNanos() == 0);
    }

    @Test
    void aShortRunDoesNotWaitForLongOnesToEndAndNoLongOneRunsBesideThem() throws InterruptedException {
        bench.pool.loaded.addAll(List.of("long.onnx", "short.onnx"));
        CountDownLatch finish = new CountDownLatch(1);
        AtomicInteger longRuns = new AtomicInteger();
        bench.pool.run = (inputs, limit) -> {
            bench.time.pass(Duration.ofMillis(inputs.get(0).data().remaining() == 1 ? 1 : 20));
            if (inputs.get(0).data().remaining() > 1 && longRuns.incrementAndGet() > 1) {
                finish.await(30, TimeUnit.SECONDS);
            }
            return inputs;
        };
        send(0, "long.onnx");
        until(() -> bench.replies.given.size() == 1 && intake.snapshot().running() == 0);
        send(record(P0, 1, "short.onnx", new byte[1]));
        until(() -> bench.replies.given.size() == 2 && intake.snapshot().running() == 0);
        send(2, "long.onnx");
        send(3, "long.onnx");
        send(4, "long.onnx");
        until(() -> longRuns.get() == 3);

        send(record(P0, 5, "short.onnx", new byte[1]));
        until(() -> bench.replies.given.size() == 3);
        int begun = longRuns.get();
        finish.countDown();

        assertThat(bench.answeredOffsets().get(2)).isEqualTo(5);
        assertThat(begun).isEqualTo(3);
        until(() -> bench.replies.given.size() == 6);
    }

    @Test
    void closingWaitsForWhatRunsAndLeavesTheRest() throws InterruptedException {
        bench.pool.loaded.add("a.onnx");
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        bench.pool.run = (inputs, limit) -> {
            running.countDown();
            finish.await(30, TimeUnit.SECONDS);
            return inputs;
        };
        send(0, "a.onnx");
        send(1, "cold.onnx");
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();

        Thread closing = new Thread(intake::close);
        closing.start();
        until(() -> intake.snapshot().backlogRecords() == 0);
        finish.countDown();
        closing.join();

        assertThat(bench.answeredOffsets()).containsExactly(0L);
        assertThat(bench.consumer.closed()).isTrue();
        assertThat(bench.replies.told).containsSubsequence("flush [in-0]", "revoked [in-0]");
    }

    @Test
    void aConsumerThatIsFencedIsReplacedAndItsEpochsNeverComeBack() {
        MockConsumer<byte[], byte[]> second = new Bench().consumer;
        second.schedulePollTask(() -> second.rebalance(List.of(P0)));
        consumers.add(second);
        send(0, "cold.onnx");
        until(() -> intake.snapshot().parkedRecords() == 1 && !bench.pool.preparing.isEmpty());

        bench.consumer.schedulePollTask(() -> {
            throw new FencedInstanceIdException("another one has this id");
        });

        until(() -> second.subscription().contains(Bench.TOPIC));
        until(() -> bench.replies.told.contains("assigned in-0@0 epoch 2"));
        assertThat(bench.consumer.closed()).isTrue();
        assertThat(intake.snapshot().backlogRecords()).isZero();
    }

    @Test
    void aMissingRightIsNamedAndTriedAgain() {
        until(() -> !bench.consumer.subscription().isEmpty());

        bench.consumer.schedulePollTask(() -> {
            throw new TopicAuthorizationException(Bench.TOPIC);
        });

        until(() -> intake.snapshot().trouble().isPresent());
        assertThat(intake.snapshot().trouble())
                .hasValueSatisfying(text -> assertThat(text).contains("READ", "'in'"));
        until(() -> intake.snapshot().trouble().isEmpty());
        assertThat(bench.consumer.closed()).isFalse();
    }

    private void send(long offset, String model) {
        send(record(P0, offset, model));
    }

    private void send(ConsumerRecord<byte[], byte[]> record) {
        bench.consumer.schedulePollTask(() -> {
            if (bench.consumer.assignment().isEmpty()) {
                bench.consumer.rebalance(List.of(P0));
            }
            bench.consumer.addRecord(record);
        });
    }

    private Consumer<byte[], byte[]> connect() {
        Consumer<byte[], byte[]> next = consumers.poll();
        if (next == null) {
            throw new KafkaException("none left");
        }
        return next;
    }
}
