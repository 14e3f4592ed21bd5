package dev.remora.intake;

import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySender.Span;
import dev.remora.reply.Trouble;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** One consumer's turns: what came in goes to the window, and what is settled is committed. Confined to the poll thread. */
final class PollLoop {
    /** Poll returns at once when records come; this is how late it notices all else. */
    private static final Duration IDLE = Duration.ofMillis(50);

    private static final Duration BUSY = Duration.ofMillis(5);

    private static final long EXPIRE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long JOIN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final double LOW_MARK = 0.5;

    /** So many records at most are read before the first of them may run: whoever is woken for it takes others with it. */
    private static final int TOGETHER = 16;

    private final Consumer<byte[], byte[]> consumer;
    private final Serving serving;
    private final Assignment assignment;
    private final Commits commits;
    private final Reading reading;
    private final PartitionCount partitionCount;
    private final Standstill standstill;
    private final Trouble trouble;
    private final Rest rest;
    private final Clock clock;
    private final LongSupplier nanos;
    private Set<TopicPartition> full = Set.of();
    private boolean holding;
    private long expiredNanos;
    private long lookedNanos;
    private long joinedNanos;
    private volatile Ownership ownership = Ownership.NONE;

    PollLoop(Consumer<byte[], byte[]> consumer, Serving serving, Trouble trouble) {
        this.consumer = consumer;
        this.serving = serving;
        this.clock = serving.parts().clock();
        this.nanos = serving.parts().nanos();
        this.commits = new Commits(consumer, serving.parts().replies(), nanos);
        this.assignment = new Assignment(consumer, serving, commits, trouble);
        this.reading = new Reading(serving);
        this.partitionCount = new PartitionCount(consumer, serving.settings().topic(), nanos);
        this.standstill = new Standstill(serving.settings(), nanos);
        this.trouble = trouble;
        this.rest = new Rest(nanos.getAsLong());
        starved(full);
        this.expiredNanos = nanos.getAsLong();
        this.lookedNanos = nanos.getAsLong();
        this.joinedNanos = nanos.getAsLong();
    }

    void subscribe() {
        consumer.subscribe(List.of(serving.settings().topic()), assignment);
    }

    /** One turn. Blocks as long as {@link #IDLE}, and for what a rebalance takes. */
    void runOnce() {
        assignment.turn();
        assignment.pause(holding());
        rest();
        accept(consumer.poll(holding || assignment.starting() ? BUSY : IDLE));
        expire();
        lookAround();
        serving.forwarder().turn(reading::keep);
        commits.turn(assignment.all());
        noteFull();
        judge();
    }

    /** The brokers refused a turn: what has nothing to do with them goes on. */
    void refused() {
        expire();
    }

    Assignment assignment() {
        return assignment;
    }

    Standstill standstill() {
        return standstill;
    }

    /** What was ours a tenth of a second ago. Any thread. */
    Ownership ownership() {
        return ownership;
    }

    /** Full: nothing is read until half of it has gone. */
    private boolean holding() {
        double fill = serving.window().fill();
        holding = fill >= 1 || !replies().hasRoom() || (holding && fill > LOW_MARK);
        return holding;
    }

    private void rest() {
        long restNanos = serving.window().ask(this::restNanos);
        if (restNanos > 0 && !holding) {
            LockSupport.parkNanos(this, restNanos);
        }
    }

    /** What waits to be run, by what a record takes as a rule: to ask each model would take too long. */
    private long restNanos(Window.Contents in) {
        int ready = in.queues().waiting() - in.queues().parked();
        long workMicros =
                ready * in.turns().typicalMicros() / serving.settings().runThreads();
        return rest.next(ready, TimeUnit.MICROSECONDS.toNanos(workMicros));
    }

    private void accept(ConsumerRecords<byte[], byte[]> records) {
        rest.read(records.count(), nanos.getAsLong());
        Set<TopicPartition> moved = new HashSet<>(records.partitions());
        moved.addAll(records.nextOffsets().keySet());
        if (moved.isEmpty()) {
            return;
        }
        int partitions = partitionCount.get();
        for (TopicPartition partition : moved) {
            Owned owned = assignment.of(partition);
            if (owned != null && owned.started()) {
                OffsetAndMetadata next = records.nextOffsets().get(partition);
                accept(owned, records.records(partition), next == null ? -1 : next.offset(), partitions);
            }
        }
    }

    private void accept(Owned owned, List<ConsumerRecord<byte[], byte[]>> records, long next, int partitions) {
        if (!records.isEmpty() && records.get(0).offset() < owned.position()) {
            assignment.restart(owned, records.get(0).offset());
            return;
        }
        long[] offsets = records.stream().mapToLong(ConsumerRecord::offset).toArray();
        long to = Math.max(next, offsets.length == 0 ? owned.position() : offsets[offsets.length - 1] + 1);
        replies().seen(new Span(owned.partition(), owned.epoch(), owned.position(), to, offsets));
        owned.readTo(to);
        // What is forwarded is decided by what waits: then each must find the one before it in the window.
        int together = serving.forwarder().idle() ? TOGETHER : 1;
        List<WaitingRecord> read = new ArrayList<>();
        try {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                WaitingRecord waiting =
                        owned.settled(record.offset()) ? null : reading.read(record, owned.epoch(), partitions);
                if (waiting != null) {
                    read.add(waiting);
                }
                if (read.size() >= together) {
                    List<WaitingRecord> full = read;
                    read = new ArrayList<>();
                    reading.admit(full);
                }
            }
        } finally {
            reading.admit(read);
        }
    }

    private void expire() {
        long now = nanos.getAsLong();
        if (now - expiredNanos >= EXPIRE_NANOS) {
            expiredNanos = now;
            serving.window().expire(clock.millis()).forEach(serving.answers()::expired);
        }
    }

    private void lookAround() {
        long now = nanos.getAsLong();
        if (now - lookedNanos >= LOOK_NANOS) {
            lookedNanos = now;
            serving.window().look(assignment.unread());
            ownership = assignment.ownership(partitionCount.get());
            standstill.look(assignment.all(), partitionCount.leaderless());
        }
    }

    private void noteFull() {
        Set<TopicPartition> now = new HashSet<>();
        for (Owned each : assignment.all()) {
            if (each.full()) {
                now.add(each.partition());
            }
        }
        if (!now.equals(full)) {
            full = now;
            serving.figures().starved(starved(now));
        }
    }

    private int starved(Set<TopicPartition> fullNow) {
        return serving.window().ask(in -> in.deferred().full(fullNow));
    }

    /** Whether the group has us: poll says nothing while the brokers are away. */
    private void judge() {
        long now = nanos.getAsLong();
        if (assignment.joined()) {
            joinedNanos = now;
            if (commits.refusal().isPresent()) {
                trouble.is("Progress cannot be committed ("
                        + commits.refusal().get().getMessage()
                        + "): whoever reads these partitions next answers their records again. Grant the principal READ"
                        + " on the consumer group '" + serving.settings().group() + "' and on the topic '"
                        + serving.settings().topic() + "'.");
            } else if (!assignment.starting()) {
                trouble.over();
            }
        } else if (now - joinedNanos > JOIN_NANOS) {
            trouble.is("The brokers have not admitted us to the consumer group '"
                    + serving.settings().group()
                    + "' yet. Check that they are up and that remora.kafka.bootstrap.servers names them; tried on.");
        }
    }

    private ReplySender replies() {
        return serving.parts().replies();
    }
}
