package dev.remora.reply;

import static dev.remora.reply.OutboxBench.IN;
import static dev.remora.reply.OutboxBench.RECORDS;
import static dev.remora.reply.OutboxBench.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What brokers do not take, in transactions. */
class RefusedTransactionsTest {
    private final OutboxBench bench = new OutboxBench();

    @Test
    void oneBadReplyBecomesAnErrorAndStopsNobodyElse() {
        bench.each(producer -> producer.refuses =
                reply -> text(reply).equals("reply 11") ? new RecordTooLargeException("too large") : null);
        IntStream.range(0, 32).forEach(bench::succeed);
        for (int i = 0; i < 40; i++) {
            bench.turn();
        }

        assertThat(bench.sizes()).contains(32, 16, 8, 4, 2, 1);
        assertThat(bench.values()).hasSize(32).doesNotContain("reply 11");
        assertThat(bench.sender.snapshot().byStatus()).containsEntry(200, 31L).containsEntry(413, 1L);
        assertThat(bench.progress()).isEqualTo(32);
        assertThat(bench.sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aRequestThatNoReplyCanBeWrittenForBecomesADeadLetterInATransaction() {
        bench.each(producer -> producer.refuses =
                reply -> reply.topic().equals("out") ? new RecordTooLargeException("too large") : null);
        bench.succeed(0);
        for (int i = 0; i < 8; i++) {
            bench.turn();
        }

        assertThat(bench.history()).hasSize(1);
        assertThat(bench.history().get(0).topic()).isEqualTo("dlq");
        assertThat(bench.commits()).hasSize(1);
        assertThat(bench.sender.snapshot().deadLetters()).isEqualTo(1);
        assertThat(bench.progress()).isEqualTo(1);
    }

    @Test
    void aRequestThatNothingCanBeWrittenForIsPassedOverInATransaction() {
        bench.each(producer -> producer.refuses = reply -> new RecordTooLargeException("too large"));
        bench.succeed(0);
        for (int i = 0; i < 12; i++) {
            bench.turn();
        }

        assertThat(bench.history()).isEmpty();
        assertThat(bench.commits()).extracting(OffsetAndMetadata::offset).containsExactly(1L);
        assertThat(bench.sender.snapshot().byStatus()).isEmpty();
        assertThat(bench.sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void theProgressNeverOutgrowsItsCommit() {
        LongStream.range(1, RECORDS).filter(offset -> offset % 2 == 0).forEach(bench::succeed);
        for (int i = 0; i < 5; i++) {
            bench.turn();
        }
        assertThat(bench.commits())
                .allSatisfy(
                        each -> assertThat(each.metadata().length()).isLessThanOrEqualTo(ProgressMetadata.MAX_CHARS));
        int settled = bench.commits().stream()
                .mapToInt(each -> ProgressMetadata.decode(each.offset(), each.metadata())
                        .orElseThrow()
                        .settled()
                        .count())
                .max()
                .orElseThrow();
        assertThat(settled).isEqualTo(bench.values().size()).isLessThan(RECORDS / 2 - 1);
        assertThat(bench.sender.progress())
                .hasEntrySatisfying(IN, each -> assertThat(each.full()).isTrue());
        assertThat(bench.sender.snapshot().pendingBytes())
                .as("what waits blocks no run")
                .isZero();

        LongStream.range(0, RECORDS)
                .filter(offset -> offset == 0 || offset % 2 == 1)
                .forEach(bench::succeed);
        for (int i = 0; i < 10; i++) {
            bench.turn();
        }

        assertThat(bench.values()).hasSize(RECORDS).doesNotHaveDuplicates();
        assertThat(bench.progress()).isEqualTo(RECORDS);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 300, 3_000})
    void brokersThatTakeShorterMetadataAreFoundOutAndServedAllTheSame(int most) {
        bench.mostMetadata = most;
        bench.each(producer -> producer.mostMetadata = most);
        LongStream.range(1, RECORDS).filter(offset -> offset % 2 == 0).forEach(bench::succeed);
        bench.turns(40);
        int early = bench.values().size();
        assertThat(early).isLessThan(RECORDS / 2 - 1);
        assertThat(bench.sender.progress())
                .as("nothing more is read while replies wait for a gap to close, and only the window bounds them")
                .hasEntrySatisfying(IN, each -> assertThat(each.full()).isTrue());

        LongStream.range(0, RECORDS)
                .filter(offset -> offset == 0 || offset % 2 == 1)
                .forEach(bench::succeed);
        bench.turns(40);

        assertThat(bench.producers).hasSizeLessThan(20);
        assertThat(bench.values()).hasSize(RECORDS).doesNotHaveDuplicates();
        assertThat(bench.progress()).isEqualTo(RECORDS);
        assertThat(bench.commits())
                .allSatisfy(each -> assertThat(each.metadata()).hasSizeLessThanOrEqualTo(most));
        assertThat(bench.sender.progress())
                .hasEntrySatisfying(IN, each -> assertThat(each.full()).isFalse());
    }
}
