package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplySenderTest {
    private static final TopicPartition IN = new TopicPartition("in", 0);
    private static final int MAX_RECORD_BYTES = 10_000;

    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final FakeBrokers brokers = new FakeBrokers();
    private long nanos;
    private KafkaReplySender sender;

    ReplySenderTest() {
        ReplySettings settings = new ReplySettings(
                "e", "e", "i", "in", "out", "dlq", topic -> true, Delivery.AT_LEAST_ONCE, 5_000, Duration.ofSeconds(1));
        MessageCodec codec = new MessageCodec("out", settings::permits, 60_000, 1_000);
        sender = new KafkaReplySender(settings, codec, brokers, index -> producer, MAX_RECORD_BYTES, () -> nanos);
    }

    @BeforeEach
    void own() {
        sender.assigned(StartPoint.at(IN, Uuid.randomUuid(), 0), 1);
        sender.seen(new Span(IN, 1, 0, 10, new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    }

    @Test
    void aRecordIsSettledOnceItsReplyIsAcknowledged() {
        succeed(0);
        turn();
        assertThat(progress()).isZero();

        producer.completeNext();
        turn();

        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().byStatus()).containsEntry(200, 1L);
        assertThat(sender.snapshot().pending()).isZero();
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void repliesOvertakeOneAnother() {
        succeed(2);
        succeed(0);
        turn();

        producer.completeNext();
        turn();
        assertThat(progress()).isZero();
        producer.completeNext();
        turn();

        assertThat(progress()).isEqualTo(1);
        ProgressMetadata metadata =
                ProgressMetadata.decode(1, commit().offset().metadata()).orElseThrow();
        assertThat(metadata.settled().contains(2)).isTrue();
    }

    @Test
    void aCompletionOfAPartitionThatHasMovedOnIsDropped() {
        sender.revoked(List.of(IN));
        succeed(0);
        turn();

        assertThat(producer.history()).isEmpty();
        assertThat(sender.snapshot().late()).isEqualTo(1);
        assertThat(sender.snapshot().pending()).isZero();
    }

    @Test
    void aCompletionOfAnEarlierAssignmentSettlesNothingOfALaterOne() {
        succeed(0);
        turn();
        sender.revoked(List.of(IN));
        sender.assigned(StartPoint.at(IN, Uuid.randomUuid(), 0), 2);
        sender.seen(new Span(IN, 2, 0, 1, new long[] {0}));
        turn();

        producer.completeNext();
        succeed(0);
        turn();

        assertThat(progress()).isZero();
        assertThat(producer.history()).hasSize(1);
        assertThat(sender.snapshot().late()).isEqualTo(2);
    }

    @Test
    void aReplyThatTheBrokerDoesNotTakeForNowIsSentAgain() {
        succeed(0);
        turn();
        producer.errorNext(new TimeoutException("away"));
        turn();
        assertThat(sender.snapshot().trouble())
                .hasValueSatisfying(text -> assertThat(text).contains("away").contains("sent again"));

        later(Duration.ofSeconds(2));
        turn();
        turn();
        assertThat(producer.history()).hasSize(2);
        producer.completeNext();
        turn();

        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().trouble()).isEmpty();
        assertThat(sender.snapshot().resent()).isEqualTo(1);
    }

    @Test
    void brokersThatFallSilentAreNoticedBeforeTheProducerGivesUp() {
        succeed(0);
        turn();
        assertThat(sender.snapshot().trouble()).isEmpty();

        later(Duration.ofSeconds(6));
        turn();
        assertThat(sender.snapshot().trouble())
                .hasValueSatisfying(text -> assertThat(text).contains("Check that the brokers are up"));

        producer.completeNext();
        turn();
        assertThat(sender.snapshot().trouble()).isEmpty();
    }

    @Test
    void aReplyThatIsTooLargeForTheProducerBecomesAnError() {
        sender.succeed(receipt(0), context(ReplyAddress.DEFAULT), head(), body(MAX_RECORD_BYTES));
        turn();

        assertThat(producer.history()).hasSize(1);
        assertThat(status(producer.history().get(0))).isEqualTo("413");
    }

    @Test
    void aReplyThatIsTooLargeForItsTopicBecomesAnErrorThere() {
        brokers.shapes.put("theirs", new TopicShape(3, 900));
        sender.succeed(receipt(0), context(new ReplyAddress("theirs", null)), head(), body(1_000));
        turn();

        ProducerRecord<byte[], byte[]> reply = producer.history().get(0);
        assertThat(reply.topic()).isEqualTo("theirs");
        assertThat(status(reply)).isEqualTo("413");
    }

    @Test
    void aReplyThatTheBrokerFindsTooLargeBecomesAnErrorAndAtLastADeadLetter() {
        succeed(0);
        turn();
        producer.errorNext(new RecordTooLargeException("too large"));
        turn();
        turn();
        assertThat(status(producer.history().get(1))).isEqualTo("413");

        producer.errorNext(new RecordTooLargeException("too large"));
        turn();
        turn();
        producer.errorNext(new RecordTooLargeException("too large"));
        turn();
        turn();
        ProducerRecord<byte[], byte[]> letter =
                producer.history().get(producer.history().size() - 1);
        producer.completeNext();
        turn();

        assertThat(letter.topic()).isEqualTo("dlq");
        assertThat(letter.value()).isEqualTo("request 0".getBytes(StandardCharsets.UTF_8));
        assertThat(header(letter, "mine")).isEqualTo("kept");
        assertThat(header(letter, "__dlq.errors.topic")).isEqualTo("in");
        assertThat(header(letter, "__dlq.errors.offset")).isEqualTo("0");
        assertThat(header(letter, "remora-error-code")).isEqualTo("PAYLOAD_TOO_LARGE");
        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().deadLetters()).isEqualTo(1);
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aRecordThatNotEvenADeadLetterCanBeWrittenForIsPassedOverWhenItsPlaceIsRefusedToo() {
        succeed(0);
        for (int i = 0; i < 5; i++) {
            turn();
            producer.errorNext(new RecordTooLargeException("too large"));
            turn();
        }
        turn();

        ProducerRecord<byte[], byte[]> last = producer.history().get(4);
        assertThat(producer.history()).hasSize(5);
        assertThat(last.topic()).isEqualTo("dlq");
        assertThat(last.value()).isNull();
        assertThat(header(last, "__dlq.errors.offset")).isEqualTo("0");
        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().byStatus()).isEmpty();
        assertThat(sender.snapshot().deadLetters()).isZero();
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aReplyTopicThatDoesNotExistIsAnsweredAtHome() {
        sender.succeed(receipt(0), context(new ReplyAddress("nowhere", null)), head(), body(10));
        turn();

        ProducerRecord<byte[], byte[]> reply = producer.history().get(0);
        assertThat(reply.topic()).isEqualTo("out");
        assertThat(status(reply)).isEqualTo("400");
        assertThat(new String(reply.value(), StandardCharsets.UTF_8)).contains("nowhere");
    }

    @Test
    void aReplyPartitionThatDoesNotExistIsAnsweredAtHome() {
        brokers.shapes.put("theirs", new TopicShape(3, 100_000));
        sender.succeed(receipt(0), context(new ReplyAddress("theirs", 3)), head(), body(10));
        turn();

        ProducerRecord<byte[], byte[]> reply = producer.history().get(0);
        assertThat(reply.topic()).isEqualTo("out");
        assertThat(new String(reply.value(), StandardCharsets.UTF_8)).contains("no partition 3");
    }

    @Test
    void aReplyTopicThatWeMayNotWriteToIsAnsweredAtHome() {
        brokers.shapes.put("theirs", new TopicShape(3, 100_000));
        sender.succeed(receipt(0), context(new ReplyAddress("theirs", null)), head(), body(10));
        turn();

        producer.errorNext(new TopicAuthorizationException("theirs"));
        turn();
        turn();

        ProducerRecord<byte[], byte[]> reply = producer.history().get(1);
        assertThat(reply.topic()).isEqualTo("out");
        assertThat(status(reply)).isEqualTo("403");
    }

    @Test
    void repliesWaitWhileWeMayNotWriteToOurOwnTopic() {
        succeed(0);
        turn();
        producer.errorNext(new TopicAuthorizationException("out"));
        turn();

        assertThat(sender.snapshot().trouble())
                .hasValueSatisfying(text -> assertThat(text).contains("WRITE").contains("'out'"));
        assertThat(progress()).isZero();
        assertThat(sender.snapshot().pending()).isEqualTo(1);
    }

    @Test
    void anUnknownTopicHoldsUpNobodyElse() {
        CompletableFuture<TopicShape> slow = new CompletableFuture<>();
        brokers.slow = slow;
        sender.succeed(receipt(0), context(new ReplyAddress("slow", null)), head(), body(10));
        succeed(1);
        turn();
        assertThat(producer.history()).hasSize(1);

        slow.complete(new TopicShape(1, 100_000));
        turn();

        assertThat(producer.history()).hasSize(2);
    }

    @Test
    void aProducerThatTakesNoMoreIsReplaced() {
        producer.sendException = new KafkaException("in an error state");
        succeed(0);
        turn();
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void unsentRepliesAreBounded() {
        assertThat(sender.hasRoom()).isTrue();

        sender.succeed(receipt(0), context(ReplyAddress.DEFAULT), head(), body(6_000));
        assertThat(sender.hasRoom()).isFalse();
        turn();
        producer.completeNext();
        turn();

        assertThat(sender.hasRoom()).isTrue();
    }

    @Test
    void aFlushCompletesWhenAllRepliesBeforeItAreAcknowledged() throws Exception {
        succeed(0);
        CompletableFuture<Map<TopicPartition, Commit>> flushed =
                sender.flush(List.of(IN)).toCompletableFuture();
        turn();
        assertThat(flushed).isNotDone();

        producer.completeNext();
        turn();

        assertThat(flushed).isCompleted();
        assertThat(flushed.get(1, TimeUnit.SECONDS))
                .hasEntrySatisfying(
                        IN, last -> assertThat(last.offset().offset()).isEqualTo(1));
    }

    @Test
    void anErrorIsAReplyLikeAnyOther() {
        sender.fail(
                receipt(0),
                context(ReplyAddress.DEFAULT),
                head(),
                new RemoraException(ErrorCode.MODEL_NOT_FOUND, "not there"));
        turn();
        producer.completeNext();
        turn();

        assertThat(progress()).isEqualTo(1);
        assertThat(sender.snapshot().byStatus()).containsEntry(404, 1L);
    }

    private void succeed(long offset) {
        sender.succeed(receipt(offset), context(ReplyAddress.DEFAULT), head(), body(10));
    }

    private void turn() {
        later(Duration.ofMillis(50));
        try {
            sender.loop().runOnce(0);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void later(Duration time) {
        nanos += time.toNanos();
    }

    private Commit commit() {
        return Objects.requireNonNull(sender.progress().get(IN));
    }

    private long progress() {
        return commit().offset().offset();
    }

    private static Receipt receipt(long offset) {
        byte[] value = ("request " + offset).getBytes(StandardCharsets.UTF_8);
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("in", 0, offset, new byte[] {1}, value);
        record.headers().add("mine", "kept".getBytes(StandardCharsets.UTF_8));
        return new Receipt(record, 1);
    }

    private static ReplyContext context(ReplyAddress address) {
        return new ReplyContext("id", address, List.of());
    }

    private static ReplyHead head() {
        return ReplyHead.of("i");
    }

    private static EncodedBody body(int bytes) {
        return new EncodedBody("application/octet-stream", -1, new byte[bytes]);
    }

    private static String status(ProducerRecord<byte[], byte[]> reply) {
        return header(reply, "remora-status-code");
    }

    private static String header(ProducerRecord<byte[], byte[]> reply, String name) {
        Header header = reply.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
