package dev.remora.reply;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A sender with exactly-once, over producers that do as the test says, with one partition of many records. */
final class OutboxBench {
    static final TopicPartition IN = new TopicPartition("in", 0);
    static final Uuid TOPIC = Uuid.randomUuid();
    static final int RECORDS = 4_000;

    final List<FussyProducer> producers = new ArrayList<>();
    final FakeBrokers brokers = new FakeBrokers();
    final KafkaReplySender sender;

    /** Of producers that are made from here on. */
    int mostMetadata = Integer.MAX_VALUE;

    private @Nullable RuntimeException refusal;
    private long nanos;

    OutboxBench() {
        this(null);
    }

    /** @param refusal why the first producers cannot begin, until the test lets them; null when they can */
    OutboxBench(@Nullable RuntimeException refusal) {
        this.refusal = refusal;
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
        sender.generation(generation(1));
        sender.assigned(StartPoint.at(IN, TOPIC, 0), 1);
        sender.seen(new Span(IN, 1, 0, RECORDS, LongStream.range(0, RECORDS).toArray()));
        turn();
    }

    private FussyProducer connect() {
        FussyProducer producer = new FussyProducer();
        producer.mostMetadata = mostMetadata;
        producer.initTransactionException = refusal;
        producers.add(producer);
        return producer;
    }

    /** From here on producers can begin. */
    void admit() {
        refusal = null;
        each(producer -> producer.initTransactionException = null);
    }

    void each(Consumer<FussyProducer> change) {
        producers.forEach(change);
    }

    void succeed(long offset) {
        sender.succeed(
                receipt(offset),
                new ReplyContext("id", ReplyAddress.DEFAULT, List.of()),
                ReplyHead.of("i"),
                new EncodedBody("application/octet-stream", -1, ("reply " + offset).getBytes(StandardCharsets.UTF_8)));
    }

    void turn() {
        later(Duration.ofMillis(50));
        try {
            for (int i = 0; i < 8; i++) {
                sender.loop().runOnce(0);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void turns(int count) {
        for (int i = 0; i < count; i++) {
            turn();
        }
    }

    void later(Duration time) {
        nanos += time.toNanos();
    }

    long progress() {
        return Optional.ofNullable(sender.progress().get(IN))
                .map(each -> each.offset().offset())
                .orElse(-1L);
    }

    List<Integer> sizes() {
        return producers.stream().flatMap(each -> each.sizes.stream()).toList();
    }

    List<ProducerRecord<byte[], byte[]>> history() {
        return producers.stream().flatMap(each -> each.history().stream()).toList();
    }

    List<String> values() {
        return history().stream().map(OutboxBench::text).toList();
    }

    /** What was committed, the lowest offset first. */
    List<OffsetAndMetadata> commits() {
        return producers.stream()
                .flatMap(each -> each.consumerGroupOffsetsHistory().stream())
                .flatMap(each -> each.values().stream())
                .flatMap(each -> each.values().stream())
                .sorted(Comparator.comparingLong(OffsetAndMetadata::offset))
                .toList();
    }

    static ConsumerGroupMetadata generation(int id) {
        return new ConsumerGroupMetadata("e", id, "member", Optional.of("i"));
    }

    static Receipt receipt(long offset) {
        return new Receipt(new ConsumerRecord<>("in", 0, offset, new byte[] {1}, new byte[] {2}), 1);
    }

    static String text(ProducerRecord<byte[], byte[]> reply) {
        return new String(reply.value(), StandardCharsets.UTF_8);
    }
}
