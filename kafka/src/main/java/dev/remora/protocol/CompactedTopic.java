package dev.remora.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads a compacted topic from its beginning and follows it, so that a table holds the latest value of each key. Confined
 * to the thread that polls it, but for {@link #wakeup}.
 */
public final class CompactedTopic implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Supplier<Consumer<byte[], byte[]>> connect;
    private final String topic;
    private final Table table;
    private volatile @Nullable Consumer<byte[], byte[]> connected;
    private List<TopicPartition> assigned = List.of();
    private Map<TopicPartition, Long> ends = Map.of();

    /**
     * Nothing is read yet.
     *
     * @param connect makes a consumer without a group, as soon as there is something to read, and again if it throws; it
     *     must read committed records only and reset no offset by itself ({@code auto.offset.reset=none})
     */
    public CompactedTopic(Supplier<Consumer<byte[], byte[]>> connect, String topic, Table table) {
        this.connect = connect;
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
        Consumer<byte[], byte[]> consumer = consumer();
        if (assigned.isEmpty() && !assign(consumer)) {
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
            forget(consumer); // the topic was made anew
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
                && ends.entrySet().stream().allMatch(end -> consumer().position(end.getKey()) >= end.getValue())) {
            ends = Map.of();
        }
        return !assigned.isEmpty() && ends.isEmpty();
    }

    private boolean assign(Consumer<byte[], byte[]> consumer) {
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

    private void forget(Consumer<byte[], byte[]> consumer) {
        consumer.unsubscribe();
        assigned = List.of();
        ends = Map.of();
        table.clear();
    }

    /** Ends a wait that is under way, with a {@link org.apache.kafka.common.errors.WakeupException}. Any thread. */
    public void wakeup() {
        Consumer<byte[], byte[]> consumer = connected;
        if (consumer != null) {
            consumer.wakeup();
        }
    }

    /** Closes the consumer without waiting for the brokers. */
    @Override
    public void close() {
        Consumer<byte[], byte[]> consumer = connected;
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Consumer<byte[], byte[]> consumer = connected;
        if (consumer == null) {
            consumer = connect.get();
            connected = consumer;
        }
        return consumer;
    }

    /** What takes the records in. */
    public interface Table {
        /** Takes in the latest value of a key; null takes the key out. */
        void put(byte[] key, byte @Nullable [] value);

        /** Forgets all: the topic begins anew. */
        void clear();
    }
}
