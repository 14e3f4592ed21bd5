package dev.remora.reply;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * Replies that wait for a transaction, in the order in which they are to leave. When the brokers refuse a whole batch for
 * one reply of it, the batches that follow are smaller, until that one is alone. Confined to the reply thread.
 */
final class Line {
    private static final int MAX_RECORDS = 1_000;
    private static final long MAX_BYTES = 8L << 20;
    private static final long RESEND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ProgressBoard board;
    private final Verdicts verdicts;
    private final Deque<Completion> ready = new ArrayDeque<>();

    /**
     * Those for which the metadata of their partition's commit has no room. Poll reads no more of such a partition, so
     * that they are no more than what its window held by then.
     */
    private final List<Completion> aside = new ArrayList<>();

    private final Deque<Delayed> delayed = new ArrayDeque<>();

    /** How many replies the next batch may hold, while one among the next {@link #suspects} cannot be written. */
    private int limit = MAX_RECORDS;

    private int suspects;

    Line(ProgressBoard board, Verdicts verdicts) {
        this.board = board;
        this.verdicts = verdicts;
    }

    void add(Completion reply) {
        ready.addLast(reply);
    }

    /** Takes back those of a batch that did not leave. */
    void addFirst(List<Completion> replies) {
        for (int i = replies.size() - 1; i >= 0; i--) {
            ready.addFirst(replies.get(i));
        }
    }

    /** Keeps one for a while: trying again at once would not help. */
    void delay(Completion reply, long nowNanos) {
        delayed.addLast(new Delayed(reply, nowNanos));
    }

    /** Takes out those that were kept for long enough. */
    List<Completion> due(long nowNanos) {
        List<Completion> due = new ArrayList<>();
        while (!delayed.isEmpty() && nowNanos - delayed.getFirst().sinceNanos >= RESEND_NANOS) {
            due.add(delayed.removeFirst().reply);
        }
        return due;
    }

    /** Takes what is ready, as far as the bounds go. */
    ReplyBatch batch() {
        ReplyBatch batch = new ReplyBatch();
        while (!ready.isEmpty() && batch.size() < limit && batch.bytes() < MAX_BYTES) {
            Completion reply = ready.removeFirst();
            PartitionProgress now = board.of(reply.receipt());
            if (now == null || batch.settled(reply, now)) {
                verdicts.superfluous(reply);
            } else if (!batch.add(reply, now)) {
                board.turnAway(reply.receipt());
                verdicts.aside(reply);
                aside.add(reply);
            }
        }
        return batch;
    }

    /** A batch has left: what waited for the gaps that it closes may go, and so many replies are above suspicion. */
    void left(int replies) {
        suspects -= replies;
        if (suspects <= 0) {
            limit = MAX_RECORDS;
        }
        lineUp();
    }

    /** What waited for gaps in the progress is tried again, the lowest offset first: each may be the next one's gap. */
    void lineUp() {
        aside.sort(Comparator.comparingLong(each -> each.receipt().record().offset()));
        for (Completion each : aside) {
            verdicts.inLine(each);
            ready.add(each);
        }
        aside.clear();
    }

    /** One of these was refused, and nobody knows which: the halves tell. */
    void halve(List<Completion> batch) {
        addFirst(batch);
        suspects = Math.max(suspects, batch.size());
        limit = Math.max(1, batch.size() / 2);
    }

    /** The refused one was found. */
    void found() {
        limit = MAX_RECORDS;
        suspects = 0;
    }

    /** Whether nothing is ready. */
    boolean isEmpty() {
        return ready.isEmpty();
    }

    /** Whether nothing waits at all. */
    boolean holdsNothing() {
        return ready.isEmpty() && aside.isEmpty() && delayed.isEmpty();
    }

    /** Whether any of these partitions' replies is ready. */
    boolean has(Collection<TopicPartition> partitions) {
        return ready.stream()
                .anyMatch(each -> partitions.contains(each.receipt().partition()));
    }

    private record Delayed(Completion reply, long sinceNanos) {}
}
