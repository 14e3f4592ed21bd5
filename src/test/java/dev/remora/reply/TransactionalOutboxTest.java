package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionalOutboxTest {
    private static final TopicPartition IN = new TopicPartition("in", 0);
    private static final Uuid TOPIC = Uuid.randomUuid();
    private static final int RECORDS = 4_000;

    private final List<FussyProducer> producers = new ArrayList<>();
    private final FakeBrokers brokers = new FakeBrokers();
    private long nanos;
    private final KafkaReplySender sender;

    TransactionalOutboxTest() {
        ReplySettings settings = new ReplySettings(
                "e",
                "e",
                "i",
                "in",
                "out",
                "dlq",
                topic -> true,
                Delivery.EXACTLY_ONCE,
                10_000_000,
                Duration.ofSeconds(1));
        MessageCodec codec = new MessageCodec("out", settings::permits, 60_000, 1_000);
        sender = new KafkaReplySender(settings, codec, brokers, index -> connect(), 1_000_000, () -> nanos);
    }

    @BeforeEach
    void own() {
        sender.generation(generation(1));
        sender.assigned(StartPoint.at(IN, TOPIC, 0), 1);
        sender.seen(new Span(IN, 1, 0, RECORDS, LongStream.range(0, RECORDS).toArray()));
        turn();
    }

    @Test
    void repliesAndTheProgressThatTheyMakeAreOneTransaction() {
        succeed(0);
        succeed(2);
        turn();

        assertThat(values()).containsExactly("reply 0", "reply 2");
        assertThat(commits()).hasSize(1);
        OffsetAndMetadata commit = commits().get(0);
        assertThat(commit.offset()).isEqualTo(1);
        ProgressMetadata metadata =
                ProgressMetadata.decode(1, commit.metadata()).orElseThrow();
        assertThat(metadata.settled().contains(2)).isTrue();
        assertThat(metadata.writer()).isEqualTo("i");
        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().pending()).isZero();
    }

    @Test
    void twoProducersTakeTurns() {
        for (int i = 0; i < 4; i++) {
            succeed(i);
            turn();
        }

        assertThat(producers)
                .hasSize(2)
                .allSatisfy(each -> assertThat(each.sizes).containsExactly(1, 1));
    }

    @Test
    void progressThatNoReplyMakesIsCommittedNowAndThen() {
        sender.assigned(StartPoint.at(IN, TOPIC, RECORDS), 3);
        sender.seen(new Span(IN, 3, RECORDS, RECORDS + 1, new long[0]));
        later(Duration.ofSeconds(2));
        turn();
        later(Duration.ofSeconds(2));
        turn();

        assertThat(commits()).extracting(OffsetAndMetadata::offset).containsExactly(RECORDS + 1L);
    }

    @Test
    void nothingLeavesBeforeTheGroupHasUs() {
        sender.generation(new ConsumerGroupMetadata("e"));
        succeed(0);
        turn();

        assertThat(values()).isEmpty();
    }

    @Test
    void aCompletionOfAnEarlierAssignmentIsDropped() {
        sender.revoked(List.of(IN));
        sender.generation(generation(2));
        sender.assigned(StartPoint.at(IN, TOPIC, 0), 2);
        succeed(0);
        turn();

        assertThat(values()).isEmpty();
        assertThat(sender.snapshot().late()).isEqualTo(1);
        assertThat(sender.snapshot().pending()).isZero();
    }

    @Test
    void aRecordIsAnsweredOnceEvenIfItIsCompletedTwice() {
        succeed(0);
        succeed(0);
        turn();
        succeed(0);
        turn();

        assertThat(values()).containsExactly("reply 0");
        assertThat(sender.snapshot().pending()).isZero();
    }

    @Test
    void anOldGenerationIsWaitedOutAndItsRepliesLeaveWithTheNextOne() {
        each(producer -> producer.sendOffsetsToTransactionException = new CommitFailedException());
        succeed(0);
        turn();
        each(producer -> producer.sendOffsetsToTransactionException = null);
        turn();
        assertThat(values()).isEmpty();

        sender.generation(generation(2));
        turn();

        assertThat(values()).containsExactly("reply 0");
        assertThat(producers.stream().flatMap(each -> each.groups.stream()).map(ConsumerGroupMetadata::generationId))
                .contains(1, 2);
        assertThat(sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void oneBadReplyBecomesAnErrorAndStopsNobodyElse() {
        each(producer -> producer.refuses =
                reply -> text(reply).equals("reply 11") ? new RecordTooLargeException("too large") : null);
        IntStream.range(0, 32).forEach(this::succeed);
        for (int i = 0; i < 40; i++) {
            turn();
        }

        assertThat(sizes()).contains(32, 16, 8, 4, 2, 1);
        assertThat(values()).hasSize(32).doesNotContain("reply 11");
        assertThat(sender.snapshot().byStatus()).containsEntry(200, 31L).containsEntry(413, 1L);
        assertThat(progress()).isEqualTo(32);
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aRequestThatNoReplyCanBeWrittenForBecomesADeadLetterInATransaction() {
        each(producer -> producer.refuses =
                reply -> reply.topic().equals("out") ? new RecordTooLargeException("too large") : null);
        succeed(0);
        for (int i = 0; i < 8; i++) {
            turn();
        }

        assertThat(history()).hasSize(1);
        assertThat(history().get(0).topic()).isEqualTo("dlq");
        assertThat(commits()).hasSize(1);
        assertThat(sender.snapshot().deadLetters()).isEqualTo(1);
        assertThat(progress()).isEqualTo(1);
    }

    @Test
    void anUnknownOutcomeIsAskedForAgainBeforeAnythingElseLeaves() {
        each(producer -> producer.commitTransactionException = new TimeoutException("no answer"));
        succeed(0);
        turn();
        succeed(1);
        turn();
        assertThat(values()).isEmpty();
        assertThat(sender.snapshot().trouble()).isPresent();

        each(producer -> producer.commitTransactionException = null);
        turn();
        turn();

        assertThat(values()).containsExactlyInAnyOrder("reply 0", "reply 1");
        assertThat(commits()).extracting(OffsetAndMetadata::offset).containsExactly(1L, 2L);
        assertThat(sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void afterAnOutcomeThatNobodyKnowsTheOffsetsTellWhichRepliesAreThere() {
        producers.get(1).commitTransactionException = new ProducerFencedException("fenced");
        brokers.points = Map.of(IN, new StartPoint(IN, TOPIC, 1, new Runs(new long[] {2}, new long[] {3})));
        IntStream.range(0, 4).forEach(this::succeed);
        turn();
        turn();

        assertThat(producers).hasSize(3);
        assertThat(brokers.asked).isEqualTo(1);
        assertThat(values()).containsExactlyInAnyOrder("reply 1", "reply 3");
        assertThat(progress()).isEqualTo(4);
        assertThat(sender.snapshot().byStatus()).containsEntry(200, 4L);
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aFencedProducerIsReplacedAndItsRepliesAreSentAgain() {
        producers.forEach(FussyProducer::fenceProducer);
        succeed(0);
        turn();
        later(Duration.ofSeconds(1));
        turn();
        later(Duration.ofSeconds(1));
        turn();

        assertThat(producers).hasSize(4);
        assertThat(values()).containsExactly("reply 0");
        assertThat(progress()).isEqualTo(1);
    }

    @Test
    void theProgressNeverOutgrowsItsCommit() {
        LongStream.range(1, RECORDS).filter(offset -> offset % 2 == 0).forEach(this::succeed);
        for (int i = 0; i < 5; i++) {
            turn();
        }
        assertThat(commits())
                .allSatisfy(
                        each -> assertThat(each.metadata().length()).isLessThanOrEqualTo(ProgressMetadata.MAX_CHARS));
        int settled = commits().stream()
                .mapToInt(each -> ProgressMetadata.decode(each.offset(), each.metadata())
                        .orElseThrow()
                        .settled()
                        .count())
                .max()
                .orElseThrow();
        assertThat(settled).isEqualTo(values().size()).isLessThan(RECORDS / 2 - 1);
        assertThat(sender.progress())
                .hasEntrySatisfying(IN, each -> assertThat(each.full()).isTrue());
        assertThat(sender.snapshot().pendingBytes())
                .as("what waits blocks no run")
                .isZero();

        LongStream.range(0, RECORDS)
                .filter(offset -> offset == 0 || offset % 2 == 1)
                .forEach(this::succeed);
        for (int i = 0; i < 10; i++) {
            turn();
        }

        assertThat(values()).hasSize(RECORDS).doesNotHaveDuplicates();
        assertThat(progress()).isEqualTo(RECORDS);
    }

    @Test
    void aFlushWaitsForTheOpenTransactionAndNotForBrokersThatAreAway() {
        each(producer -> producer.commitTransactionException = new TimeoutException("no answer"));
        succeed(0);
        CompletableFuture<Map<TopicPartition, Commit>> flushed =
                sender.flush(List.of(IN)).toCompletableFuture();
        turn();
        assertThat(flushed).isNotDone();

        each(producer -> producer.commitTransactionException = null);
        turn();

        assertThat(flushed).isCompleted();
    }

    private FussyProducer connect() {
        FussyProducer producer = new FussyProducer();
        producers.add(producer);
        return producer;
    }

    private void each(Consumer<FussyProducer> change) {
        producers.forEach(change);
    }

    private void succeed(long offset) {
        sender.succeed(
                receipt(offset),
                new ReplyContext("id", ReplyAddress.DEFAULT, List.of()),
                ReplyHead.of("i"),
                new EncodedBody("application/octet-stream", -1, ("reply " + offset).getBytes(StandardCharsets.UTF_8)));
    }

    private void turn() {
        later(Duration.ofMillis(50));
        try {
            for (int i = 0; i < 8; i++) {
                sender.loop().runOnce(0);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void later(Duration time) {
        nanos += time.toNanos();
    }

    private long progress() {
        return Optional.ofNullable(sender.progress().get(IN))
                .map(each -> each.offset().offset())
                .orElse(-1L);
    }

    private List<Integer> sizes() {
        return producers.stream().flatMap(each -> each.sizes.stream()).toList();
    }

    private List<ProducerRecord<byte[], byte[]>> history() {
        return producers.stream().flatMap(each -> each.history().stream()).toList();
    }

    private List<String> values() {
        return history().stream().map(TransactionalOutboxTest::text).toList();
    }

    /** What was committed, the lowest offset first. */
    private List<OffsetAndMetadata> commits() {
        return producers.stream()
                .flatMap(each -> each.consumerGroupOffsetsHistory().stream())
                .flatMap(each -> each.values().stream())
                .flatMap(each -> each.values().stream())
                .sorted(Comparator.comparingLong(OffsetAndMetadata::offset))
                .toList();
    }

    private static ConsumerGroupMetadata generation(int id) {
        return new ConsumerGroupMetadata("e", id, "member", Optional.of("i"));
    }

    private static Receipt receipt(long offset) {
        return new Receipt(new ConsumerRecord<>("in", 0, offset, new byte[] {1}, new byte[] {2}), 1);
    }

    private static String text(ProducerRecord<byte[], byte[]> reply) {
        return new String(reply.value(), StandardCharsets.UTF_8);
    }
}
