package dev.remora.intake;

import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySender.Commit;
import dev.remora.reply.StartPoint;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions are ours, where each goes on, and which of them pause. Confined to the poll thread; answers of the
 * brokers come in by a queue.
 *
 * <p>A new partition is paused until the brokers have said where it goes on: neither the poll thread nor the partitions
 * that stay wait for that.
 */
final class Assignment implements ConsumerRebalanceListener {
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Consumer<byte[], byte[]> consumer;
    private final Window window;
    private final AtomicLong epochs;
    private final ReplySender replies;
    private final Commits commits;
    private final Duration drainLimit;
    private final LongSupplier nanos;
    private final Trouble trouble;
    private final Map<TopicPartition, Owned> owned = new HashMap<>();
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private @Nullable ConsumerGroupMetadata group;
    private long askedNanos;
    private boolean asking;
    private volatile int count;

    Assignment(Consumer<byte[], byte[]> consumer, Serving serving, Commits commits, Trouble trouble) {
        this.consumer = consumer;
        this.window = serving.window();
        this.epochs = serving.epochs();
        this.replies = serving.parts().replies();
        this.commits = commits;
        this.drainLimit = serving.handOverLimit();
        this.nanos = serving.parts().nanos();
        this.trouble = trouble;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> added) {
        tellGeneration();
        for (TopicPartition partition : added) {
            owned.put(partition, new Owned(partition, epochs.incrementAndGet()));
            // Any position will do while it is paused: without one, each poll would wait for the committed offset.
            consumer.seek(partition, 0);
        }
        consumer.pause(added);
        count = owned.size();
        askedNanos = nanos.getAsLong() - ASK_AGAIN_NANOS;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> gone) {
        List<TopicPartition> ours = gone.stream().filter(owned::containsKey).toList();
        if (!ours.isEmpty()) {
            // They are ours until we rejoin, and the group may have moved on to another generation by now.
            tellGeneration();
            drain(ours, drainLimit);
        }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> gone) {
        window.revoke(gone);
        forget(gone);
    }

    /** Gives partitions up: nothing more of them is handed out, what runs is awaited, and its progress is committed. */
    void drain(Collection<TopicPartition> gone, Duration limit) {
        long end = nanos.getAsLong() + TimeUnit.NANOSECONDS.convert(limit);
        window.revoke(gone);
        try {
            window.awaitIdle(gone, limit);
            Duration left = Duration.ofNanos(Math.max(0, end - nanos.getAsLong()));
            Map<TopicPartition, Commit> last =
                    replies.flush(gone).toCompletableFuture().get(left.toMillis() + 100, TimeUnit.MILLISECONDS);
            commits.commitLast(owned(gone), last);
        } catch (TimeoutException | ExecutionException e) {
            commits.commitLast(owned(gone), replies.progress());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            forget(gone);
        }
    }

    /** Takes in what the brokers have answered, and asks them what is still unknown. */
    void turn() {
        for (Runnable message = inbox.poll(); message != null; message = inbox.poll()) {
            message.run();
        }
        tellGeneration();
        askForStarts();
    }

    /** Pauses and resumes so that exactly those partitions are read whose records there is room for. */
    void pause(boolean all) {
        Set<TopicPartition> wanted = new HashSet<>();
        for (Owned each : owned.values()) {
            if (all || !each.started() || each.full()) {
                wanted.add(each.partition());
            }
        }
        Set<TopicPartition> paused = consumer.paused();
        if (!paused.equals(wanted)) {
            Set<TopicPartition> resume = new HashSet<>(paused);
            resume.removeAll(wanted);
            consumer.resume(resume);
            consumer.pause(wanted);
        }
    }

    @Nullable
    Owned of(TopicPartition partition) {
        return owned.get(partition);
    }

    Collection<Owned> all() {
        return owned.values();
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(owned.keySet());
    }

    /** How many records of each partition are still to be read, as far as the last fetches said. */
    Map<TopicPartition, Long> unread() {
        Map<TopicPartition, Long> unread = new HashMap<>();
        for (Owned each : owned.values()) {
            long lag = each.started() ? consumer.currentLag(each.partition()).orElse(0) : 0;
            if (lag > 0) {
                unread.put(each.partition(), lag);
            }
        }
        return unread;
    }

    /** What is ours, of a topic with so many partitions. */
    Ownership ownership(int partitionCount) {
        Set<Integer> ours = new HashSet<>();
        owned.keySet().forEach(each -> ours.add(each.partition()));
        return new Ownership(group == null ? -1 : group.generationId(), partitionCount, ours);
    }

    /** How many partitions are ours. Any thread. */
    int count() {
        return count;
    }

    /** Whether the group has us as a member. */
    boolean joined() {
        return group != null && group.generationId() >= 0;
    }

    /** Whether the brokers are still to say where some partition goes on. */
    boolean starting() {
        return owned.values().stream().anyMatch(each -> !each.started());
    }

    /**
     * The log of a partition begins anew: it is read as if it had just been assigned, from here on, whatever the group has
     * committed of the log before. The brokers are asked whose log it is now.
     */
    void restart(Owned old, long offset) {
        TopicPartition partition = old.partition();
        window.revoke(List.of(partition));
        forget(List.of(partition));
        owned.put(partition, new Owned(partition, epochs.incrementAndGet(), offset));
        consumer.pause(List.of(partition));
        count = owned.size();
        askedNanos = nanos.getAsLong() - ASK_AGAIN_NANOS;
    }

    private void start(Owned partition, StartPoint at) {
        consumer.seek(partition.partition(), at.position());
        partition.start(at);
        window.assigned(partition.partition(), partition.epoch());
        replies.assigned(at, partition.epoch());
    }

    private void askForStarts() {
        if (asking || !starting() || nanos.getAsLong() - askedNanos < ASK_AGAIN_NANOS) {
            return;
        }
        asking = true;
        askedNanos = nanos.getAsLong();
        Map<TopicPartition, Long> asked = new HashMap<>();
        owned.values().stream()
                .filter(each -> !each.started())
                .forEach(each -> asked.put(each.partition(), each.epoch()));
        replies.startPoints(asked.keySet())
                .whenComplete((points, failure) -> inbox.add(() -> answered(asked, points, failure)));
    }

    private void answered(
            Map<TopicPartition, Long> asked,
            @Nullable Map<TopicPartition, StartPoint> points,
            @Nullable Throwable failure) {
        asking = false;
        if (points == null) {
            trouble.is(
                    "no start",
                    "The brokers do not say how far the group is (" + failure
                            + "). Where rights are missing, grant DESCRIBE on the invocation topic and READ on the group.");
            return;
        }
        asked.forEach((partition, epoch) -> {
            Owned still = owned.get(partition);
            StartPoint at = points.get(partition);
            if (still != null && still.epoch() == epoch && !still.started() && at != null) {
                start(still, still.begins(at));
            }
        });
        if (!starting()) {
            trouble.over();
        }
    }

    private void tellGeneration() {
        ConsumerGroupMetadata now = consumer.groupMetadata();
        if (!now.equals(group)) {
            group = now;
            replies.generation(now);
        }
    }

    private Collection<Owned> owned(Collection<TopicPartition> partitions) {
        return owned.values().stream()
                .filter(each -> partitions.contains(each.partition()))
                .toList();
    }

    private void forget(Collection<TopicPartition> gone) {
        replies.revoked(gone);
        gone.forEach(owned::remove);
        commits.forget(gone);
        count = owned.size();
    }
}
