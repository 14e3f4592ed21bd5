package dev.remora.it.guarantee;

import java.time.Instant;
import java.util.Comparator;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Where a record lies in its topic, and when its producer made it. Immutable.
 *
 * @param partition of the topic
 * @param offset within the partition
 * @param timestamp epoch milliseconds
 */
record Place(int partition, long offset, long timestamp) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::partition).thenComparingLong(Place::offset);

    static Place of(ConsumerRecord<?, ?> record) {
        return new Place(record.partition(), record.offset(), record.timestamp());
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    /** As partition@offset and time. */
    @Override
    public String toString() {
        return partition + "@" + offset + " (" + Instant.ofEpochMilli(timestamp) + ")";
    }
}
