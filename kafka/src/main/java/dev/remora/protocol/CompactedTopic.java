package dev.remora.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads a compacted topic from its beginning and follows it, so that a table holds the latest value of each key. Confined
 * to the thread that polls it.
 */
public final class CompactedTopic {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Table table;
    private List<TopicPartition> assigned = List.of();
    private Map<TopicPartition, Long> ends = Map.of();

    /**
     * Nothing is read yet.
     *
     * @param consumer ours alone from now on, without a group; it must read committed records only and reset no offset by
     *     itself ({@code auto.offset.reset=none}). It is not closed here.
     */
    public CompactedTopic(Consumer<byte[], byte[]> consumer, String topic, Table table) {
        this.consumer = consumer;
        this.topic = topic;
        this.table = table;
    }

    /**
     * Reads on. Blocks until something came, at most as long as this; longer only while the brokers are looked for.
     *
     * @return whether the table changed
     * @throws KafkaException when it cannot be read now; what was read before stays, and a later call tries again
     */
    public boolean poll(Duration wait) {
        if (assigned.isEmpty() && !assign()) {
            return false;
        }
        boolean changed = false;
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
                if (record.key() != null) {
                    table.put(record.key(), record.value());
                    changed = true;
                }
            }
        } catch (InvalidOffsetException e) {
            forget(); // the topic was made anew
            return true;
        }
        return changed;
    }

    /** Whether the topic was there when it was last looked for. */
    public boolean isThere() {
        return !assigned.isEmpty();
    }

    /** Whether all has been read that was there when reading began. Blocks only while the brokers are looked for. */
    public boolean isCurrent() {
        if (!ends.isEmpty()
                && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
            ends = Map.of();
        }
        return !assigned.isEmpty() && ends.isEmpty();
    }

    private boolean assign() {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic, LIMIT);
        if (partitions == null || partitions.isEmpty()) {
            return false;
        }
        List<TopicPartition> all = partitions.stream()
                .map(each -> new TopicPartition(topic, each.partition()))
                .toList();
        ends = consumer.endOffsets(all, LIMIT);
        consumer.assign(all);
        consumer.seekToBeginning(all);
        assigned = all;
        return true;
    }

    private void forget() {
        consumer.unsubscribe();
        assigned = List.of();
        ends = Map.of();
        table.clear();
    }

    /** What takes the records in. */
    public interface Table {
        /** Takes in the latest value of a key; null takes the key out. */
        void put(byte[] key, byte @Nullable [] value);

        /** Forgets all: the topic begins anew. */
        void clear();
    }
}
