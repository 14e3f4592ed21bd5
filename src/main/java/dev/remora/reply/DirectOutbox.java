package dev.remora.reply;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * At-least-once: a reply is sent at once, and settles its record when the broker has acknowledged it. What the broker
 * could not take for now is sent again. Confined to the reply thread.
 */
final class DirectOutbox implements Outbox {
    private static final long HELD_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

    private final Supplier<Producer<byte[], byte[]>> connect;
    private final Consumer<Runnable> post;
    private final Verdicts verdicts;
    private final LongSupplier nanos;
    private final Map<TopicPartition, Integer> onTheirWay = new HashMap<>();
    private final Resends resends;
    private @Nullable Producer<byte[], byte[]> producer;

    /** The producer waited for its brokers in vain: it is asked again a turn later, not for each reply of the batch. */
    private boolean heldUp;

    /** When the brokers were heard of last, or replies began to wait for them. */
    private long heardNanos;

    /**
     * An outbox with one producer.
     *
     * @param connect makes the producer; may fail while the brokers' names do not resolve
     * @param post brings an acknowledgement back to the reply thread
     * @param again checks and sends a reply anew
     */
    DirectOutbox(
            Supplier<Producer<byte[], byte[]>> connect,
            Consumer<Runnable> post,
            Consumer<Completion> again,
            Verdicts verdicts,
            LongSupplier nanos) {
        this.connect = connect;
        this.post = post;
        this.resends = new Resends(again, nanos);
        this.verdicts = verdicts;
        this.nanos = nanos;
    }

    @Override
    public void send(Completion completion) {
        if (verdicts.late(completion)) {
            return;
        }
        if (!completion.leaves()) {
            verdicts.sent(completion);
            return;
        }
        long before = nanos.getAsLong();
        if (onTheirWay.isEmpty()) {
            heardNanos = before;
        }
        if (heldUp) {
            resends.add(completion);
            return;
        }
        onTheirWay.merge(completion.receipt().partition(), 1, Integer::sum);
        try {
            connected().send(completion.reply(), (place, failure) -> post.accept(() -> answered(completion, failure)));
        } catch (KafkaException | IllegalStateException e) {
            rebuild();
            answered(completion, e);
        }
        heldUp = nanos.getAsLong() - before > HELD_UP_NANOS;
    }

    @Override
    public void held(Completion completion, Exception reason) {
        if (verdicts.again(completion, reason)) {
            resends.add(completion);
        }
    }

    @Override
    public void announce(Announcement announcement) {
        try {
            connected().send(announcement.record(), (place, failure) -> post.accept(() -> told(announcement, failure)));
        } catch (KafkaException | IllegalStateException e) {
            rebuild();
            announcement.unsaid(e);
        }
    }

    @Override
    public void generation(ConsumerGroupMetadata group) {
        // Poll commits, with its own.
    }

    @Override
    public void turn() {
        heldUp = false;
        resends.turn();
        if (!onTheirWay.isEmpty() && nanos.getAsLong() - heardNanos > SILENCE_NANOS) {
            verdicts.silent();
        }
    }

    @Override
    public boolean busy(Collection<TopicPartition> partitions) {
        return partitions.stream().anyMatch(onTheirWay::containsKey);
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE_LIMIT);
        }
    }

    private void answered(Completion completion, @Nullable Exception failure) {
        heardNanos = nanos.getAsLong();
        onTheirWay.computeIfPresent(completion.receipt().partition(), (each, n) -> n == 1 ? null : n - 1);
        if (failure == null) {
            verdicts.sent(completion);
            return;
        }
        if (verdicts.fatal(failure)) {
            rebuild();
        }
        held(completion, failure);
    }

    private static void told(Announcement announcement, @Nullable Exception failure) {
        if (failure == null) {
            announcement.said();
        } else {
            announcement.unsaid(failure);
        }
    }

    /** A producer that has failed for good takes nothing more: the next reply makes a new one. */
    private void rebuild() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private Producer<byte[], byte[]> connected() {
        if (producer == null) {
            producer = connect.get();
        }
        return producer;
    }
}
