package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What was asked and not yet answered. Each entry is taken out once, by whoever settles it: the reply, its deadline, a
 * send that failed, or the end. Thread-safe.
 */
final class PendingReplies {
    private final String prefix;
    private final byte[] prefixBytes;
    private final int limit;
    private final Executor completions;
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicInteger size = new AtomicInteger();
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
    private volatile @Nullable RemoraException end;

    private record Entry(
            CompletableFuture<InferenceReply> future, boolean errorsFail, long expiresNanos, Duration timeout) {
        void complete(InferenceReply reply) {
            RemoraException error = reply.error();
            if (error != null && errorsFail) {
                future.completeExceptionally(error);
            } else {
                future.complete(reply);
            }
        }
    }

    /**
     * None yet.
     *
     * @param client tells our replies from those of other clients on the same partition
     * @param limit how many there may be
     * @param completions runs what depends on the futures, so that the thread that reads replies never does
     */
    PendingReplies(String client, int limit, Executor completions) {
        this.prefix = client + '-';
        this.prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
        this.limit = limit;
        this.completions = completions;
    }

    /**
     * Adds one.
     *
     * @param errorsFail whether an error reply fails the future
     * @return its correlation id, or null when it is refused; then the future has failed
     */
    @Nullable
    String add(CompletableFuture<InferenceReply> future, boolean errorsFail, long nowNanos, Duration timeout) {
        if (size.incrementAndGet() > limit) {
            size.decrementAndGet();
            fail(
                    future,
                    new RemoraException(
                            ErrorCode.UNAVAILABLE,
                            "More than " + limit + " requests of this client wait for replies.",
                            "Wait for some, or raise maxInFlight."));
            return null;
        }
        String correlation = prefix + Long.toString(sequence.incrementAndGet(), Character.MAX_RADIX);
        entries.put(correlation, new Entry(future, errorsFail, nowNanos + timeout.toNanos(), timeout));
        RemoraException ended = end;
        if (ended != null) {
            fail(correlation, ended);
            return null;
        }
        return correlation;
    }

    /** Completes the one that the record answers; a record that answers none of ours is left alone. */
    void complete(ConsumerRecord<byte[], byte[]> record) {
        String correlation = ClientMessages.correlation(record, prefixBytes);
        Entry entry = correlation == null ? null : take(correlation);
        if (entry != null) {
            run(() -> entry.complete(ClientMessages.decode(record)));
        }
    }

    /** Fails the one with this correlation id, if it is still there. */
    void fail(String correlation, RemoraException error) {
        Entry entry = take(correlation);
        if (entry != null) {
            fail(entry.future, error);
        }
    }

    /** Fails those whose time is over, and forgets those that their owner has given up. */
    void expire(long nowNanos) {
        entries.forEach((correlation, entry) -> {
            if (nowNanos - entry.expiresNanos >= 0 || entry.future.isDone()) {
                fail(
                        correlation,
                        new RemoraException(
                                ErrorCode.DEADLINE_EXCEEDED,
                                "No reply came within " + entry.timeout.toMillis() + " ms.",
                                "Allow more time, or see whether the endpoint is up and has this reply topic."));
            }
        });
    }

    /** Fails all there are. */
    void failAll(RemoraException error) {
        entries.keySet().forEach(correlation -> fail(correlation, error));
    }

    /** Fails all there are and all that will be added. */
    void end(RemoraException error) {
        end = error;
        failAll(error);
    }

    /** Whether somebody waits for this one still. */
    boolean holds(String correlation) {
        return entries.containsKey(correlation);
    }

    private @Nullable Entry take(String correlation) {
        Entry entry = entries.remove(correlation);
        if (entry != null) {
            size.decrementAndGet();
        }
        return entry;
    }

    private void fail(CompletableFuture<InferenceReply> future, RemoraException error) {
        run(() -> future.completeExceptionally(error));
    }

    private void run(Runnable completion) {
        try {
            completions.execute(completion);
        } catch (RejectedExecutionException e) {
            completion.run(); // better on this thread than never
        }
    }
}
