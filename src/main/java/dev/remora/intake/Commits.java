package dev.remora.intake;

import dev.remora.reply.Delivery;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySender.Commit;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what the reply thread says is settled, unless its transactions do. Confined to the poll thread.
 */
final class Commits {
    private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long REFUSED_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final Duration LAST_LIMIT = Duration.ofSeconds(5);

    private final Consumer<byte[], byte[]> consumer;
    private final ReplySender replies;
    private final LongSupplier nanos;
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private long lastNanos;
    private boolean underWay;
    private @Nullable AuthorizationException refusal;

    Commits(Consumer<byte[], byte[]> consumer, ReplySender replies, LongSupplier nanos) {
        this.consumer = consumer;
        this.replies = replies;
        this.nanos = nanos;
        this.lastNanos = nanos.getAsLong();
    }

    /** Notes how far each partition is, and commits what has changed, a few times a second. Does not wait for it. */
    void turn(Collection<Owned> partitions) {
        long now = nanos.getAsLong();
        if (now - lastNanos < EVERY_NANOS) {
            return;
        }
        lastNanos = now;
        Map<TopicPartition, Commit> progress = replies.progress();
        for (Owned each : partitions) {
            Commit commit = progress.get(each.partition());
            each.full(commit != null && commit.epoch() == each.epoch() && commit.full());
        }
        Map<TopicPartition, OffsetAndMetadata> due = due(partitions, progress);
        if (!due.isEmpty() && !underWay) {
            underWay = true;
            committed.putAll(due);
            consumer.commitAsync(due, this::done);
        }
    }

    /** Commits the last word on partitions that are given away, and waits for it. */
    void commitLast(Collection<Owned> partitions, Map<TopicPartition, Commit> progress) {
        Map<TopicPartition, OffsetAndMetadata> due = due(partitions, progress);
        if (due.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(due, LAST_LIMIT);
        } catch (KafkaException e) {
            LOG.warn(
                    "The last progress of {} could not be committed ({}): their next owner answers some records again.",
                    due.keySet(),
                    e.toString());
        }
    }

    void forget(Collection<TopicPartition> gone) {
        gone.forEach(committed::remove);
    }

    /** Why the brokers do not take our commits, while they do not. */
    Optional<AuthorizationException> refusal() {
        return Optional.ofNullable(refusal);
    }

    private void done(Map<TopicPartition, OffsetAndMetadata> offsets, @Nullable Exception failure) {
        underWay = false;
        refusal = failure instanceof AuthorizationException forbidden ? forbidden : null;
        if (failure instanceof OffsetMetadataTooLarge) {
            replies.metadataRefused(offsets.values().stream()
                    .mapToInt(each -> each.metadata().length())
                    .max()
                    .orElse(0));
        }
        if (failure != null) {
            LOG.debug("A commit failed and is repeated.", failure);
            offsets.keySet().forEach(committed::remove);
        }
        if (refusal != null) {
            lastNanos = nanos.getAsLong() + REFUSED_NANOS;
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> due(
            Collection<Owned> partitions, Map<TopicPartition, Commit> progress) {
        Map<TopicPartition, OffsetAndMetadata> due = new HashMap<>();
        if (replies.delivery() == Delivery.AT_LEAST_ONCE) {
            for (Owned each : partitions) {
                Commit commit = progress.get(each.partition());
                if (commit != null
                        && commit.epoch() == each.epoch()
                        && !commit.offset().equals(committed.get(each.partition()))) {
                    due.put(each.partition(), commit.offset());
                }
            }
        }
        return due;
    }
}
