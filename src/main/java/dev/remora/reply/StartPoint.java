package dev.remora.reply;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Where a partition's new owner goes on: the first offset that has no reply yet, and those beyond it that have one.
 * Immutable.
 */
public final class StartPoint {
    private final TopicPartition partition;
    private final Uuid topicId;
    private final long position;
    private final Runs settled;
    private final int committedChars;

    /** @param committedChars how long the metadata is that the brokers took for this; 0 where they took none of ours */
    StartPoint(TopicPartition partition, Uuid topicId, long position, Runs settled, int committedChars) {
        this.partition = partition;
        this.topicId = topicId;
        this.position = position;
        this.settled = settled;
        this.committedChars = committedChars;
    }

    /** A partition of which nothing beyond the position is settled. */
    public static StartPoint at(TopicPartition partition, Uuid topicId, long position) {
        return new StartPoint(partition, topicId, position, Runs.NONE, 0);
    }

    /** The same log from this position on, of which nothing is settled. */
    public StartPoint anew(long from) {
        return at(partition, topicId, from);
    }

    /** The partition. */
    public TopicPartition partition() {
        return partition;
    }

    /** The first offset to read. */
    public long position() {
        return position;
    }

    /** Whether the record at this offset has its reply already: it is to be passed over. */
    public boolean settled(long offset) {
        return offset < position || settled.contains(offset);
    }

    /** Names the log: a topic that is made anew under its old name has another one. */
    public Uuid topicId() {
        return topicId;
    }

    Runs runs() {
        return settled;
    }

    int committedChars() {
        return committedChars;
    }
}
