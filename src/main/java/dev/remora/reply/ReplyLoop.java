package dev.remora.reply;

import dev.remora.reply.ReplySender.Commit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reply thread: applies messages in the order in which they came, then sends what is due and publishes how far each
 * partition is. Messages come from any thread; all else is confined to the reply thread. The queue needs no bound of its
 * own: {@link Room} and poll's window bound what waits in it.
 */
final class ReplyLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplyLoop.class);
    /** Nothing with the longest patience wakes the thread then: it wakes by itself before that is due. */
    private static final long IDLE_NANOS = KafkaReplySender.PATIENCE_NANOS;

    private static final long PUBLISH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int MAX_BATCH = 1_000;

    private final Mailbox inbox;
    private final ProgressBoard board;
    private final Outbox outbox;
    private final LongSupplier nanos;
    private final List<Runnable> batch = new ArrayList<>();
    private final List<Flush> flushes = new ArrayList<>();
    private long publishedNanos;
    private volatile long lastTurnNanos;
    private volatile boolean stopping;

    ReplyLoop(ProgressBoard board, Outbox outbox, LongSupplier nanos) {
        this.board = board;
        this.outbox = outbox;
        this.nanos = nanos;
        this.inbox = new Mailbox(nanos);
        this.lastTurnNanos = nanos.getAsLong();
    }

    /** Appends a message. Any thread. */
    void post(Runnable message) {
        post(message, 0);
    }

    /** Appends a message that may wait so long. Any thread. */
    void post(Runnable message, long patienceNanos) {
        inbox.post(message, patienceNanos);
    }

    /** Appends a flush. Any thread. */
    CompletableFuture<Map<TopicPartition, Commit>> flush(Collection<TopicPartition> partitions) {
        Flush flush = new Flush(List.copyOf(partitions), new CompletableFuture<>());
        post(() -> flushes.add(flush));
        return flush.done;
    }

    /** Ends the loop after what is in the queue. Any thread. */
    void stop() {
        post(() -> stopping = true);
    }

    long lastTurnNanos() {
        return lastTurnNanos;
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                runOnce(IDLE_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            outbox.close();
        }
    }

    void runOnce(long limitNanos) throws InterruptedException {
        inbox.take(batch, MAX_BATCH, limitNanos);
        batch.forEach(ReplyLoop::apply);
        batch.clear();
        apply(outbox::turn);
        publish();
        completeFlushes();
        lastTurnNanos = nanos.getAsLong();
    }

    private static void apply(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException | Error e) {
            LOG.error("A fault of ours on the reply thread; please report it.", e);
        }
    }

    private void publish() {
        long now = nanos.getAsLong();
        if (now - publishedNanos >= PUBLISH_NANOS || !flushes.isEmpty()) {
            publishedNanos = now;
            board.publish();
        }
    }

    private void completeFlushes() {
        Iterator<Flush> each = flushes.iterator();
        while (each.hasNext()) {
            Flush flush = each.next();
            if (!outbox.busy(flush.partitions)) {
                each.remove();
                flush.done.complete(board.published());
            }
        }
    }

    private record Flush(List<TopicPartition> partitions, CompletableFuture<Map<TopicPartition, Commit>> done) {}
}
