package dev.remora.reply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.ReplySender.Fate;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that are left to another partition, and what is said of one, in either mode. */
class ForwardingTest {
    private static final TopicPartition IN = new TopicPartition("in", 0);
    private static final ProducerRecord<byte[], byte[]> ROUTE =
            new ProducerRecord<>("routes", "model".getBytes(UTF_8), "route".getBytes(UTF_8));

    private final List<MockProducer<byte[], byte[]>> producers = new ArrayList<>();
    private final FakeBrokers brokers = new FakeBrokers();
    private final List<RemoraException> kept = new ArrayList<>();
    private long nanos;
    private boolean mayForward = true;
    private boolean leaderless;
    private @Nullable Exception broken;
    private int taken;
    private boolean mayAnnounce = true;

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void aRecordIsSettledByLyingElsewhere(Delivery delivery) {
        KafkaReplySender sender = sender(delivery);

        forward(sender, 0);
        succeed(sender, 1);
        turn(sender);

        assertThat(topics()).containsExactlyInAnyOrder("in", "out");
        assertThat(taken).isEqualTo(1);
        assertThat(position(sender)).isEqualTo(2);
        assertThat(sender.snapshot().forwarded()).isEqualTo(1);
        assertThat(sender.snapshot().byStatus()).containsOnlyKeys(200);
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void aRecordThatMayNotGoThereComesBackAndSettlesNothing(Delivery delivery) {
        mayForward = false;
        KafkaReplySender sender = sender(delivery);

        forward(sender, 0);
        succeed(sender, 1);
        turn(sender);
        turn(sender);

        assertThat(kept).extracting(RemoraException::code).containsExactly(ErrorCode.FORBIDDEN);
        assertThat(topics()).containsExactly("out");
        assertThat(position(sender)).isZero();
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void recordsThatNobodyTakesThereComeBackAndHoldUpNoReply(Delivery delivery) {
        leaderless = true;
        KafkaReplySender sender = sender(delivery);

        forward(sender, 0);
        forward(sender, 1);
        succeed(sender, 2);
        turn(sender);

        assertThat(kept)
                .extracting(RemoraException::code)
                .containsExactly(ErrorCode.UNAVAILABLE, ErrorCode.UNAVAILABLE);
        assertThat(topics()).containsExactly("out");
        assertThat(position(sender)).isZero();
        assertThat(sender.snapshot().pendingBytes()).isZero();
    }

    @Test
    void aFailureIsJudgedByItsCause() {
        broken = new KafkaException("asked in vain", new TimeoutException("no leader"));
        KafkaReplySender sender = sender(Delivery.AT_LEAST_ONCE);

        forward(sender, 0);
        turn(sender);

        assertThat(kept).extracting(RemoraException::code).containsExactly(ErrorCode.UNAVAILABLE);
    }

    @Test
    void whatBefallsTheProducerAsAWholeIsSaidOfNoPartitionAndTheRecordGoesAgain() {
        broken = new DisconnectException();
        KafkaReplySender sender = sender(Delivery.AT_LEAST_ONCE);

        forward(sender, 0);
        turn(sender);
        assertThat(topics()).isEmpty();
        broken = null;
        nanos += Duration.ofSeconds(5).toNanos();
        turn(sender);

        assertThat(kept).isEmpty();
        assertThat(topics()).containsExactly("in");
        assertThat(taken).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void aRecordThatIsTooLargeWithItsHeadersComesBackUnsent(Delivery delivery) {
        KafkaReplySender sender = sender(delivery);
        brokers.shapes.put("in", new TopicShape(2, 50));

        forward(sender, 0);
        turn(sender);

        assertThat(kept).extracting(RemoraException::code).containsExactly(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(topics()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void whatIsSaidOfAPartitionLeavesWhileItIsOurs(Delivery delivery) {
        KafkaReplySender sender = sender(delivery);

        CompletableFuture<Void> ours = sender.announce(IN, 1, ROUTE).toCompletableFuture();
        turn(sender);
        sender.revoked(List.of(IN));
        CompletableFuture<Void> gone = sender.announce(IN, 1, ROUTE).toCompletableFuture();
        turn(sender);

        assertThat(ours).isCompleted();
        assertThat(gone).isCompletedExceptionally();
        assertThat(topics()).containsExactly("routes");
        if (delivery == Delivery.EXACTLY_ONCE) {
            assertThat(producers.stream().flatMap(each -> each.consumerGroupOffsetsHistory().stream()))
                    .as("it is fenced as progress is")
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void whatMayNotBeSaidHoldsUpNoReply(Delivery delivery) {
        mayAnnounce = false;
        KafkaReplySender sender = sender(delivery);

        CompletableFuture<Void> said = sender.announce(IN, 1, ROUTE).toCompletableFuture();
        succeed(sender, 0);
        turn(sender);

        assertThat(said).isCompletedExceptionally();
        assertThat(topics()).containsExactly("out");
        assertThat(position(sender)).isEqualTo(1);
    }

    @Test
    void whatMayNotBeSaidAloneCostsNoProducer() {
        mayAnnounce = false;
        KafkaReplySender sender = sender(Delivery.EXACTLY_ONCE);

        CompletableFuture<Void> said = sender.announce(IN, 1, ROUTE).toCompletableFuture();
        turn(sender);

        assertThat(said).isCompletedExceptionally();
        assertThat(producers).hasSize(ProducerPair.SIZE);
    }

    private KafkaReplySender sender(Delivery delivery) {
        ReplySettings settings = new ReplySettings(
                "e", "e", "i", "in", "out", "dlq", topic -> true, delivery, 10_000_000, Duration.ofSeconds(1));
        MessageCodec codec = new MessageCodec("out", settings::permits, 60_000, 1_000);
        brokers.shapes.put("in", new TopicShape(2, 100_000));
        brokers.shapes.put("routes", new TopicShape(1, 100_000));
        KafkaReplySender sender =
                new KafkaReplySender(settings, codec, brokers, index -> connect(delivery), 1_000_000, () -> nanos);
        sender.generation(new ConsumerGroupMetadata("e", 1, "member", Optional.of("i")));
        sender.assigned(StartPoint.at(IN, Uuid.randomUuid(), 0), 1);
        sender.seen(new Span(IN, 1, 0, 10, LongStream.range(0, 10).toArray()));
        turn(sender);
        return sender;
    }

    private MockProducer<byte[], byte[]> connect(Delivery delivery) {
        MockProducer<byte[], byte[]> producer;
        if (delivery == Delivery.EXACTLY_ONCE) {
            FussyProducer fussy = new FussyProducer();
            fussy.refuses = this::refusal;
            producer = fussy;
        } else {
            producer = new DirectProducer();
        }
        producers.add(producer);
        return producer;
    }

    private @Nullable Exception refusal(ProducerRecord<byte[], byte[]> record) {
        if (broken != null) {
            return broken;
        }
        if (leaderless && record.topic().equals("in")) {
            return new TimeoutException("no leader");
        }
        boolean allowed = switch (record.topic()) {
            case "in" -> mayForward;
            case "routes" -> mayAnnounce;
            default -> true;
        };
        return allowed ? null : new TopicAuthorizationException(record.topic());
    }

    /** One whose brokers answer at once. */
    private final class DirectProducer extends MockProducer<byte[], byte[]> {
        DirectProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            Exception reason = refusal(record);
            if (reason == null) {
                return super.send(record, callback);
            }
            callback.onCompletion(null, reason);
            return CompletableFuture.failedFuture(reason);
        }
    }

    private void forward(KafkaReplySender sender, long offset) {
        sender.forward(
                receipt(offset),
                context(),
                new ProducerRecord<>("in", 1, "model".getBytes(UTF_8), "request".getBytes(UTF_8)),
                new Fate() {
                    @Override
                    public void taken() {
                        taken++;
                    }

                    @Override
                    public void kept(RemoraException reason) {
                        kept.add(reason);
                    }
                });
    }

    private static void succeed(KafkaReplySender sender, long offset) {
        sender.succeed(
                receipt(offset),
                context(),
                ReplyHead.of("i"),
                new EncodedBody("application/octet-stream", -1, "reply".getBytes(UTF_8)));
    }

    private void turn(KafkaReplySender sender) {
        nanos += Duration.ofMillis(50).toNanos();
        try {
            for (int i = 0; i < 10; i++) {
                sender.loop().runOnce(0);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> topics() {
        return producers.stream()
                .flatMap(each -> each.history().stream())
                .map(ProducerRecord::topic)
                .toList();
    }

    private long position(KafkaReplySender sender) {
        turn(sender);
        Commit commit = Objects.requireNonNull(sender.progress().get(IN));
        return commit.offset().offset();
    }

    private static ReplyContext context() {
        return new ReplyContext("id", ReplyAddress.DEFAULT, List.of());
    }

    private static Receipt receipt(long offset) {
        return new Receipt(new ConsumerRecord<>("in", 0, offset, new byte[] {1}, new byte[] {2}), 1);
    }
}
