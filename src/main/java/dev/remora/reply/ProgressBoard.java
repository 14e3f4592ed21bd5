package dev.remora.reply;

import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The progress of every partition that is ours. Confined to the reply thread; what it publishes is read by any.
 */
final class ProgressBoard {
    private final String instance;
    private final MetadataLimit limit = new MetadataLimit();
    private final Map<TopicPartition, PartitionProgress> partitions = new HashMap<>();
    private final Set<TopicPartition> changed = new HashSet<>();
    private final ConcurrentMap<TopicPartition, Commit> published = new ConcurrentHashMap<>();

    ProgressBoard(String instance) {
        this.instance = instance;
    }

    void assigned(StartPoint start, long epoch) {
        partitions.put(start.partition(), new PartitionProgress(start, instance, epoch, limit));
        limit.taken(start.committedChars());
        changed.remove(start.partition());
        published.remove(start.partition());
    }

    void revoked(Collection<TopicPartition> gone) {
        for (TopicPartition partition : gone) {
            partitions.remove(partition);
            changed.remove(partition);
            published.remove(partition);
        }
    }

    void seen(Span span) {
        PartitionProgress progress = partitions.get(span.partition());
        if (progress != null && progress.epoch() == span.epoch()) {
            progress.seen(span.from(), span.to(), span.offsets());
            changed.add(span.partition());
        }
    }

    /** The progress that a record belongs to, or null when its partition has moved on since it was read. */
    @Nullable
    PartitionProgress of(Receipt receipt) {
        return of(receipt.partition(), receipt.epoch());
    }

    /** The progress of this assignment of a partition, or null when it has moved on. */
    @Nullable
    PartitionProgress of(TopicPartition partition, long epoch) {
        PartitionProgress progress = partitions.get(partition);
        return progress != null && progress.epoch() == epoch ? progress : null;
    }

    Collection<PartitionProgress> all() {
        return partitions.values();
    }

    /** The brokers have been told of this progress, made of what was here. */
    void acknowledged(Collection<PartitionProgress> progress) {
        for (PartitionProgress each : progress) {
            PartitionProgress ours = partitions.get(each.partition());
            if (ours != null && ours.epoch() == each.epoch()) {
                ours.acknowledged(each.next());
            }
        }
    }

    /** The brokers have taken commits whose metadata is as long as this at most. */
    void taken(int chars) {
        limit.taken(chars);
    }

    /** The brokers have refused commits whose metadata is as long as this at most: what is published is shorter. */
    void refused(int chars) {
        limit.refused(chars);
        changed.addAll(partitions.keySet());
    }

    /** A record has its reply. False when its partition has moved on since it was read. */
    boolean settle(Receipt receipt) {
        PartitionProgress progress = of(receipt);
        if (progress == null) {
            return false;
        }
        if (progress.settle(receipt.record().offset())) {
            changed.add(receipt.partition());
        }
        return true;
    }

    /** A record that is settled waits, since its partition's commit has no room to say so. */
    void turnAway(Receipt receipt) {
        PartitionProgress progress = of(receipt);
        if (progress != null) {
            progress.turnAway(receipt.record().offset());
            changed.add(receipt.partition());
        }
    }

    /** Publishes what has changed. */
    void publish() {
        for (TopicPartition partition : changed) {
            PartitionProgress progress = partitions.get(partition);
            if (progress != null) {
                published.put(partition, new Commit(progress.epoch(), progress.commit(), progress.full()));
            }
        }
        changed.clear();
    }

    /** What was published last. Any thread. */
    Map<TopicPartition, Commit> published() {
        return Map.copyOf(published);
    }

    int fullPartitions() {
        return (int) published.values().stream().filter(Commit::full).count();
    }
}
