package dev.remora.intake;

import dev.remora.reply.StartPoint;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A partition that is ours. Confined to the poll thread. */
final class Owned {
    private final TopicPartition partition;
    private final long epoch;
    private @Nullable StartPoint start;
    private long position;
    private boolean full;

    Owned(TopicPartition partition, long epoch) {
        this.partition = partition;
        this.epoch = epoch;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Names this assignment of it. */
    long epoch() {
        return epoch;
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
