package dev.remora.reply;

import static dev.remora.reply.OutboxBench.IN;
import static dev.remora.reply.OutboxBench.RECORDS;
import static dev.remora.reply.OutboxBench.TOPIC;
import static dev.remora.reply.OutboxBench.generation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.ReplySender.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class TransactionalOutboxTest {
    private final OutboxBench bench = new OutboxBench();

    @Test
    void repliesAndTheProgressThatTheyMakeAreOneTransaction() {
        bench.succeed(0);
        bench.succeed(2);
        bench.turn();

        assertThat(bench.values()).containsExactly("reply 0", "reply 2");
        assertThat(bench.commits()).hasSize(1);
        OffsetAndMetadata commit = bench.commits().get(0);
        assertThat(commit.offset()).isEqualTo(1);
        ProgressMetadata metadata =
                ProgressMetadata.decode(1, commit.metadata()).orElseThrow();
        assertThat(metadata.settled().contains(2)).isTrue();
        assertThat(metadata.writer()).isEqualTo("i");
        assertThat(bench.progress()).isEqualTo(1);
        assertThat(bench.sender.snapshot().pending()).isZero();
    }

    @Test
    void twoProducersTakeTurns() {
        for (int i = 0; i < 4; i++) {
            bench.succeed(i);
            bench.turn();
        }

        assertThat(bench.producers)
                .hasSize(2)
                .allSatisfy(each -> assertThat(each.sizes).containsExactly(1, 1));
    }

    @Test
    void progressThatNoReplyMakesIsCommittedNowAndThen() {
        bench.sender.assigned(StartPoint.at(IN, TOPIC, RECORDS), 3);
        bench.sender.seen(new Span(IN, 3, RECORDS, RECORDS + 1, new long[0]));
        bench.later(Duration.ofSeconds(2));
        bench.turn();
        bench.later(Duration.ofSeconds(2));
        bench.turn();

        assertThat(bench.commits()).extracting(OffsetAndMetadata::offset).containsExactly(RECORDS + 1L);
    }

    @Test
    void nothingLeavesBeforeTheGroupHasUs() {
        bench.sender.generation(new ConsumerGroupMetadata("e"));
        bench.succeed(0);
        bench.turn();

        assertThat(bench.values()).isEmpty();
    }

    @Test
    void aCompletionOfAnEarlierAssignmentIsDropped() {
        bench.sender.revoked(List.of(IN));
        bench.sender.generation(generation(2));
        bench.sender.assigned(StartPoint.at(IN, TOPIC, 0), 2);
        bench.succeed(0);
        bench.turn();

        assertThat(bench.values()).isEmpty();
        assertThat(bench.sender.snapshot().late()).isEqualTo(1);
        assertThat(bench.sender.snapshot().pending()).isZero();
    }

    @Test
    void aRecordIsAnsweredOnceEvenIfItIsCompletedTwice() {
        bench.succeed(0);
        bench.succeed(0);
        bench.turn();
        bench.succeed(0);
        bench.turn();

        assertThat(bench.values()).containsExactly("reply 0");
        assertThat(bench.sender.snapshot().pending()).isZero();
    }

    @Test
    void anOldGenerationIsWaitedOutAndItsRepliesLeaveWithTheNextOne() {
        bench.each(producer -> producer.sendOffsetsToTransactionException = new CommitFailedException());
        bench.succeed(0);
        bench.turn();
        bench.each(producer -> producer.sendOffsetsToTransactionException = null);
        bench.turn();
        assertThat(bench.values()).isEmpty();

        bench.sender.generation(generation(2));
        bench.turn();

        assertThat(bench.values()).containsExactly("reply 0");
        assertThat(bench.producers.stream()
                        .flatMap(each -> each.groups.stream())
                        .map(ConsumerGroupMetadata::generationId))
                .contains(1, 2);
        assertThat(bench.sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void anUnknownOutcomeIsAskedForAgainBeforeAnythingElseLeaves() {
        bench.each(producer -> producer.commitTransactionException = new TimeoutException("no answer"));
        bench.succeed(0);
        bench.turn();
        bench.succeed(1);
        bench.turn();
        assertThat(bench.values()).isEmpty();
        assertThat(bench.sender.snapshot().trouble()).isPresent();

        bench.each(producer -> producer.commitTransactionException = null);
        bench.turn();
        bench.turn();

        assertThat(bench.values()).containsExactlyInAnyOrder("reply 0", "reply 1");
        assertThat(bench.commits()).extracting(OffsetAndMetadata::offset).containsExactly(1L, 2L);
        assertThat(bench.sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void afterAnOutcomeThatNobodyKnowsTheOffsetsTellWhichRepliesAreThere() {
        bench.producers.get(1).commitTransactionException = new ProducerFencedException("fenced");
        bench.brokers.points = Map.of(IN, new StartPoint(IN, TOPIC, 1, new Runs(new long[] {2}, new long[] {3}), 0));
        IntStream.range(0, 4).forEach(bench::succeed);
        bench.turn();
        bench.turn();

        assertThat(bench.producers).hasSize(3);
        assertThat(bench.brokers.asked).isEqualTo(1);
        assertThat(bench.values()).containsExactlyInAnyOrder("reply 1", "reply 3");
        assertThat(bench.progress()).isEqualTo(4);
        assertThat(bench.sender.snapshot().byStatus()).containsEntry(200, 4L);
        assertThat(bench.sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aFencedProducerIsReplacedAndItsRepliesAreSentAgain() {
        bench.producers.forEach(FussyProducer::fenceProducer);
        bench.succeed(0);
        bench.turn();
        bench.later(Duration.ofSeconds(1));
        bench.turn();
        bench.later(Duration.ofSeconds(1));
        bench.turn();

        assertThat(bench.producers).hasSize(4);
        assertThat(bench.values()).containsExactly("reply 0");
        assertThat(bench.progress()).isEqualTo(1);
    }

    @Test
    void brokersThatAreAwayAtTheStartAreNoTroubleOnceTheyAreThere() {
        OutboxBench early = new OutboxBench(new TimeoutException("no coordinator"));
        assertThat(early.sender.snapshot().trouble()).isPresent();

        early.admit();
        early.turns(40);

        assertThat(early.sender.snapshot().trouble()).isEmpty();
    }

    /** confluentinc/parallel-consumer#894. */
    @Test
    void aReplyThatComesWhileACommitIsUnderWayIsNotInIt() {
        bench.each(producer -> producer.meanwhile = () -> {
            producer.meanwhile = () -> {};
            bench.succeed(0);
            bench.succeed(3);
        });
        bench.succeed(1);
        bench.turn();

        assertThat(bench.commits()).hasSizeGreaterThan(1);
        OffsetAndMetadata first = bench.commits().get(0);
        assertThat(first.offset()).as("the position when the commit was begun").isZero();
        ProgressMetadata metadata = ProgressMetadata.decode(0, first.metadata()).orElseThrow();
        assertThat(LongStream.range(0, 5).filter(metadata.settled()::contains))
                .as("what was settled beyond it then")
                .containsExactly(1L);
        OffsetAndMetadata last = bench.commits().get(bench.commits().size() - 1);
        assertThat(last.offset()).as("the last position").isEqualTo(2);
        assertThat(bench.values()).containsExactlyInAnyOrder("reply 0", "reply 1", "reply 3");
    }

    /** confluentinc/parallel-consumer#894. */
    @Test
    void aPartitionThatMovesOftenAndGetsNothingNewIsNeverCommittedBeyondItsEnd() {
        StartPoint start = new StartPoint(IN, TOPIC, 0, new Runs(new long[] {2}, new long[] {4}), 0);
        List<Long> positions = new ArrayList<>();

        for (long offset : new long[] {1, 0}) {
            bench.sender.revoked(List.of(IN));
            bench.sender.assigned(start, 1);
            bench.sender.seen(new Span(IN, 1, 0, 4, new long[] {0, 1, 2, 3}));
            bench.succeed((int) offset);
            bench.turn();
            OffsetAndMetadata commit = bench.commits().get(bench.commits().size() - 1);
            positions.add(commit.offset());
            start = AdminBrokers.startPoint(IN, TOPIC, commit, 0L).orElseThrow();
        }

        assertThat(positions).as("committed positions of a log of four").containsExactly(0L, 4L);
    }

    @Test
    void aPartitionThatIsGivenAwayWhileACommitIsInDoubtIsNotAnsweredTwice() {
        bench.each(producer -> producer.commitTransactionException = new TimeoutException("no answer"));
        bench.succeed(0);
        bench.succeed(1);
        CompletableFuture<Map<TopicPartition, Commit>> flushed =
                bench.sender.flush(List.of(IN)).toCompletableFuture();
        bench.turn();
        assertThat(flushed).as("the heir is kept waiting").isNotDone();

        bench.sender.revoked(List.of(IN));
        bench.sender.generation(generation(2));
        bench.sender.assigned(StartPoint.at(IN, TOPIC, 2), 2);
        bench.turn();
        assertThat(bench.values()).isEmpty();
        bench.each(producer -> producer.commitTransactionException = null);
        bench.turns(3);

        assertThat(bench.values()).containsExactly("reply 0", "reply 1");
        assertThat(bench.commits()).extracting(OffsetAndMetadata::offset).containsExactly(2L);
        assertThat(bench.sender.snapshot().pending()).isZero();
        assertThat(flushed).isCompleted();
    }

    @Test
    void aPartitionThatIsGivenAwayBeforeItIsKnownHowItsTransactionEndedIsLeftToTheHeir() {
        bench.each(producer -> producer.commitTransactionException = new ProducerFencedException("fenced"));
        bench.succeed(0);
        bench.turn();
        bench.sender.revoked(List.of(IN));
        bench.each(producer -> producer.commitTransactionException = null);
        bench.later(Duration.ofSeconds(2));
        bench.turn();

        assertThat(bench.values()).isEmpty();
        assertThat(bench.sender.snapshot().pending())
                .as("replies that are kept for nobody")
                .isZero();
        assertThat(bench.sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void aFlushWaitsForTheOpenTransactionAndNotForBrokersThatAreAway() {
        bench.each(producer -> producer.commitTransactionException = new TimeoutException("no answer"));
        bench.succeed(0);
        CompletableFuture<Map<TopicPartition, Commit>> flushed =
                bench.sender.flush(List.of(IN)).toCompletableFuture();
        bench.turn();
        assertThat(flushed).isNotDone();

        bench.each(producer -> producer.commitTransactionException = null);
        bench.turn();

        assertThat(flushed).isCompleted();
    }
}
