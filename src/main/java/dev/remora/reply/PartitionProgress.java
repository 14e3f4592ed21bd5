package dev.remora.reply;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Which offsets of a partition are settled, in whatever order that happened. Confined to the reply thread.
 *
 * <p>The committed position is the lowest offset that is not settled; what is settled beyond it travels in the commit's
 * metadata. Offsets that hold no record for us (transaction markers, aborted records) count as settled, yet take no room
 * there: whoever reads the log next passes over them as well.
 */
final class PartitionProgress {
    /** The most that one more settled offset can add: a run of its own, or one more byte to a neighbour's length. */
    private static final int WORST_STEP_BYTES = 10;

    private final MetadataLimit limit;
    private final Uuid topicId;
    private final String writer;
    private final long epoch;
    private final TopicPartition partition;

    /** Settled beyond {@link #next}, by first offset; apart from one another. */
    private final TreeMap<Long, Run> runs = new TreeMap<>();

    private long next;
    private long acknowledged;
    private long frontier;
    private long turnedAway = -1;
    private int bytesAtMost;

    /** @param limit of what a commit may say, which may shrink */
    PartitionProgress(StartPoint start, String writer, long epoch, MetadataLimit limit) {
        this.limit = limit;
        this.topicId = start.topicId();
        this.writer = writer;
        this.epoch = epoch;
        this.partition = start.partition();
        this.acknowledged = start.position();
        this.next = start.position();
        this.frontier = start.position();
        for (int i = 0; i < start.runs().count(); i++) {
            if (start.runs().end(i) > next) {
                add(Math.max(start.runs().start(i), next), start.runs().end(i), true);
            }
        }
        this.bytesAtMost = measure();
    }

    private PartitionProgress(PartitionProgress original) {
        this.limit = original.limit;
        this.topicId = original.topicId;
        this.writer = original.writer;
        this.epoch = original.epoch;
        this.partition = original.partition;
        this.acknowledged = original.acknowledged;
        this.next = original.next;
        this.frontier = original.frontier;
        this.turnedAway = original.turnedAway;
        this.runs.putAll(original.runs);
        this.bytesAtMost = original.bytesAtMost;
    }

    /** One to try things on. */
    PartitionProgress copy() {
        return new PartitionProgress(this);
    }

    /** Of which assignment of the partition this is the progress. */
    long epoch() {
        return epoch;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Whether the brokers do not know yet how far it is. */
    boolean moved() {
        return next > acknowledged;
    }

    /** The brokers know that it is as far as this. */
    void acknowledged(long position) {
        acknowledged = position;
    }

    /** The lowest offset that is not settled. */
    long next() {
        return next;
    }

    /**
     * Poll has read on.
     *
     * @param from where it stood
     * @param to where it stands
     * @param offsets of the records in between, ascending
     */
    void seen(long from, long to, long[] offsets) {
        long gap = Math.min(frontier, from);
        for (long offset : offsets) {
            skip(gap, offset);
            gap = offset + 1;
        }
        skip(gap, to);
        frontier = to;
    }

    /** The record has its reply. False when it had one before. */
    boolean settle(long offset) {
        if (settled(offset)) {
            return false;
        }
        add(offset, offset + 1, true);
        return true;
    }

    boolean settled(long offset) {
        if (offset < next) {
            return true;
        }
        Map.Entry<Long, Run> run = runs.floorEntry(offset);
        return run != null && offset < run.getValue().end;
    }

    /** Whether the metadata still fits after so many more records are settled. */
    boolean roomFor(int more) {
        int needed = more * WORST_STEP_BYTES;
        if (bytesAtMost + needed > limit.bytes()) {
            bytesAtMost = measure();
        }
        return bytesAtMost + needed <= limit.bytes();
    }

    /** There was no room for this one: it waits until the gap before it closes, and the more are read, the more wait. */
    void turnAway(long offset) {
        turnedAway = Math.max(turnedAway, offset);
    }

    /** Whether so much of the room is taken that no new record should be handed out until the gap closes. */
    boolean full() {
        if (bytesAtMost > limit.bytes() / 2) {
            bytesAtMost = measure();
        }
        boolean gap = bytesAtMost > ProgressMetadata.headBytes(writer);
        // Where there is room for none, nothing settled beyond the gap says that it is there.
        boolean waited = turnedAway >= next && !roomFor(1);
        return waited || gap && bytesAtMost > limit.bytes() / 2;
    }

    /** What to commit. */
    OffsetAndMetadata commit() {
        return new OffsetAndMetadata(
                next, new ProgressMetadata(topicId, writer, realRuns()).encode(next, limit.bytes()));
    }

    private void skip(long from, long to) {
        if (from < to && to > next) {
            add(Math.max(from, next), to, false);
        }
    }

    /** Adds a range, of which parts may be settled, and merges it with what it touches. */
    private void add(long from, long to, boolean real) {
        bytesAtMost += WORST_STEP_BYTES;
        long start = from;
        long end = to;
        boolean holdsRecord = real;
        Map.Entry<Long, Run> near = runs.floorEntry(end);
        while (near != null && near.getValue().end >= start) {
            start = Math.min(start, near.getKey());
            end = Math.max(end, near.getValue().end);
            holdsRecord |= near.getValue().real;
            runs.remove(near.getKey());
            near = runs.floorEntry(end);
        }
        if (start <= next) {
            next = Math.max(next, end);
        } else {
            runs.put(start, new Run(end, holdsRecord));
        }
    }

    private Runs realRuns() {
        int count = 0;
        long[] starts = new long[runs.size()];
        long[] ends = new long[runs.size()];
        for (Map.Entry<Long, Run> run : runs.entrySet()) {
            if (run.getValue().real) {
                starts[count] = run.getKey();
                ends[count++] = run.getValue().end;
            }
        }
        return new Runs(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
    }

    private int measure() {
        int bytes = ProgressMetadata.headBytes(writer);
        long previous = next;
        for (Map.Entry<Long, Run> run : runs.entrySet()) {
            if (run.getValue().real) {
                bytes += ProgressMetadata.runBytes(run.getKey() - previous, run.getValue().end - run.getKey());
                previous = run.getValue().end;
            }
        }
        return bytes;
    }

    /** @param real whether it holds a record, not only offsets that poll passed over */
    private record Run(long end, boolean real) {}
}
