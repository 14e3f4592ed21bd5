package dev.remora.reply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Replies that leave together, and how far their partitions are once they have. Confined to the reply thread. */
final class ReplyBatch {
    private final List<Completion> replies = new ArrayList<>();
    private final Map<TopicPartition, PartitionProgress> after = new HashMap<>();
    private final List<Announcement> announcements = new ArrayList<>();
    private long bytes;
    private boolean progressAlone;
    private @Nullable Map<TopicPartition, OffsetAndMetadata> offsets;

    /** Whether the record has its reply, be it in this very batch. */
    boolean settled(Completion reply, PartitionProgress now) {
        return after(reply, now).settled(offset(reply));
    }

    /**
     * Adds a reply, unless the progress would not fit its commit any more.
     *
     * @param now the progress that the brokers have acknowledged
     */
    boolean add(Completion reply, PartitionProgress now) {
        PartitionProgress next = after(reply, now);
        boolean closesGap = offset(reply) == next.next();
        if (!closesGap && !next.roomFor(1)) {
            return false;
        }
        next.settle(offset(reply));
        replies.add(reply);
        bytes += reply.bytes();
        return true;
    }

    /** Adds progress that no reply makes: offsets that hold no record. */
    void add(PartitionProgress now) {
        after.computeIfAbsent(now.partition(), partition -> now.copy());
        progressAlone = true;
    }

    /** Takes over what is to be said of partitions that are still ours. */
    void announce(Deque<Announcement> waiting, ProgressBoard board) {
        while (!waiting.isEmpty()) {
            Announcement next = waiting.removeFirst();
            PartitionProgress now = board.of(next.partition(), next.epoch());
            if (now == null) {
                next.unsaid(new KafkaException(next.partition() + " has moved on"));
            } else {
                add(now);
                announcements.add(next);
            }
        }
    }

    List<Announcement> announcements() {
        return announcements;
    }

    /** Whether nothing would come of it. */
    boolean isEmpty() {
        return replies.isEmpty() && !progressAlone;
    }

    List<Completion> replies() {
        return replies;
    }

    int size() {
        return replies.size();
    }

    long bytes() {
        return bytes;
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(after.keySet());
    }

    /** What to commit, as it is when this is first called. */
    Map<TopicPartition, OffsetAndMetadata> offsets() {
        if (offsets == null) {
            offsets = after.entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, each -> each.getValue().commit()));
        }
        return offsets;
    }

    /** Characters of the longest metadata among what is committed. */
    int longestMetadata() {
        return offsets().values().stream()
                .mapToInt(each -> each.metadata().length())
                .max()
                .orElse(0);
    }

    /** How far its partitions are then. */
    Collection<PartitionProgress> progress() {
        return after.values();
    }

    private PartitionProgress after(Completion reply, PartitionProgress now) {
        return after.computeIfAbsent(reply.receipt().partition(), partition -> now.copy());
    }

    private static long offset(Completion reply) {
        return reply.receipt().record().offset();
    }
}
