package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.protocol.Timing;
import dev.remora.reply.ReplySender.Span;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** How long a reply waits for others to leave with, in either mode. */
class PacedRepliesTest {
    /** So much passes whenever somebody looks at the clock, once it runs: little beside a beat, however many look. */
    private static final long LOOK_NANOS = Pace.BEAT_NANOS / 50;

    /** What is due in less than a timer takes is not waited for. */
    private static final long ABOUT_A_BEAT = Pace.BEAT_NANOS * 9 / 10;

    private long nanos;
    private long lookNanos;
    private long sentNanos;
    private long offset;

    @Test
    void withExactlyOnceAReplyAfterManyWaitsForTheNextBeat() {
        KafkaReplySender sender = sender(Delivery.EXACTLY_ONCE);
        leave(sender, Pace.MANY);

        assertThat(nextAfterNanos(sender, 0)).isBetween(ABOUT_A_BEAT, 2 * Pace.BEAT_NANOS);
    }

    @Test
    void withExactlyOnceAReplyAfterFewLeavesAtOnce() {
        KafkaReplySender sender = sender(Delivery.EXACTLY_ONCE);
        leave(sender, Pace.MANY / 2);

        assertThat(nextAfterNanos(sender, 0)).isLessThan(Pace.BEAT_NANOS / 2);
    }

    @Test
    void withAtLeastOnceAReplyAfterManyLeavesAtOnce() {
        KafkaReplySender sender = sender(Delivery.AT_LEAST_ONCE);
        leave(sender, Pace.MANY);

        assertThat(nextAfterNanos(sender, 0)).isLessThan(Pace.BEAT_NANOS / 2);
    }

    @Test
    void aReplyWaitsAQuarterOfTheTimeThatItsRequestWaited() {
        KafkaReplySender sender = sender(Delivery.AT_LEAST_ONCE);
        leave(sender, 1);

        assertThat(nextAfterNanos(sender, 4 * Pace.BEAT_NANOS)).isBetween(ABOUT_A_BEAT, 3 * Pace.BEAT_NANOS / 2);
    }

    private KafkaReplySender sender(Delivery delivery) {
        ReplySettings settings = new ReplySettings(
                "e", "e", "i", "in", "out", "dlq", topic -> true, delivery, 10_000_000, Duration.ofSeconds(1));
        MessageCodec codec = new MessageCodec("out", settings::permits, 60_000, 1_000);
        KafkaReplySender sender = new KafkaReplySender(
                settings, codec, new FakeBrokers(), index -> new Watched(), 1_000_000, () -> nanos += lookNanos);
        sender.generation(OutboxBench.generation(1));
        sender.assigned(StartPoint.at(OutboxBench.IN, OutboxBench.TOPIC, 0), 1);
        int records = Pace.MANY + 1;
        long[] offsets = LongStream.range(0, records).toArray();
        sender.seen(new Span(OutboxBench.IN, 1, 0, records, offsets));
        return sender;
    }

    /** A second at this pace. */
    private void leave(KafkaReplySender sender, int perSecond) {
        for (int i = 0; i < perSecond; i++) {
            nanos += Duration.ofSeconds(1).toNanos() / perSecond;
            succeed(sender, 0);
            turn(sender, 0);
        }
    }

    /** How long after the last reply the next one leaves, which is ready as soon as that has left. */
    private long nextAfterNanos(KafkaReplySender sender, long queueNanos) {
        long before = nanos;
        assertThat(sentNanos).isEqualTo(before);
        lookNanos = LOOK_NANOS;

        succeed(sender, queueNanos);
        turn(sender, Duration.ofSeconds(1).toNanos());

        return sentNanos - before;
    }

    private void succeed(KafkaReplySender sender, long queueNanos) {
        sender.succeed(
                OutboxBench.receipt(offset++),
                new ReplyContext("id", ReplyAddress.DEFAULT, List.of()),
                new ReplyHead(null, null, null, new Timing(queueNanos, 0, 0, 0), "i", 0),
                new EncodedBody("application/octet-stream", -1, new byte[10]));
    }

    private static void turn(KafkaReplySender sender, long limitNanos) {
        try {
            sender.loop().runOnce(limitNanos);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Remembers when it was given a reply last. */
    private final class Watched extends MockProducer<byte[], byte[]> {
        Watched() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> reply, Callback callback) {
            sentNanos = nanos;
            return super.send(reply, callback);
        }
    }
}
