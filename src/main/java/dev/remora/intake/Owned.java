package dev.remora.intake;

import dev.remora.reply.StartPoint;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A partition that is ours. Confined to the poll thread. */
final class Owned {
    private final TopicPartition partition;
    private final long epoch;
    private final @Nullable Long anewAt;
    private @Nullable StartPoint start;
    private long position;
    private boolean full;

    Owned(TopicPartition partition, long epoch) {
        this(partition, epoch, null);
    }

    /** @param anewAt where its log begins, when that is before what the group has committed; null when it is not */
    Owned(TopicPartition partition, long epoch, @Nullable Long anewAt) {
        this.partition = partition;
        this.epoch = epoch;
        this.anewAt = anewAt;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Names this assignment of it. */
    long epoch() {
        return epoch;
    }

    /** Where to go on, by what the brokers say. */
    StartPoint begins(StartPoint committed) {
        return anewAt == null ? committed : committed.anew(anewAt);
    }

    /** It is known where to go on. */
    void start(StartPoint at) {
        start = at;
        position = at.position();
    }

    boolean started() {
        return start != null;
    }

    /** Whether the record at this offset has its reply already. */
    boolean settled(long offset) {
        return start != null && start.settled(offset);
    }

    /** The next offset to be read. */
    long position() {
        return position;
    }

    void readTo(long next) {
        position = next;
    }

    /** Whether its progress takes no further record for now. */
    boolean full() {
        return full;
    }

    void full(boolean now) {
        full = now;
    }
}
