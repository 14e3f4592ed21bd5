package dev.remora.reply;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Whether the topics that requests name would take a reply, looked up once and remembered for a while: a producer that
 * is given an unknown topic would hold up all other replies while it waits for it. Thread-safe.
 */
final class ReplyTopics {
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long KEEP_FAILURE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MAX_KNOWN = 10_000;

    private final Function<String, CompletionStage<TopicShape>> lookup;
    private final LongSupplier nanos;
    private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();

    /** @param lookup asks the brokers; fails with a {@link RemoraException} for a topic that is not there or not ours */
    ReplyTopics(Function<String, CompletionStage<TopicShape>> lookup, LongSupplier nanos) {
        this.lookup = lookup;
        this.nanos = nanos;
    }

    /**
     * Checks topic, partition and size.
     *
     * @return completes when the reply may be sent, with a {@link RemoraException} when it may not
     */
    CompletionStage<TopicShape> check(ProducerRecord<byte[], byte[]> reply, int bytes) {
        return shape(reply.topic()).thenApply(shape -> {
            Integer partition = reply.partition();
            if (partition != null && (partition < 0 || partition >= shape.partitions())) {
                forgetOld(reply.topic());
                throw new RemoraException(
                        ErrorCode.BAD_REQUEST,
                        "The reply topic '" + reply.topic() + "' has no partition " + partition + ", but 0 to "
                                + (shape.partitions() - 1) + ".");
            }
            if (bytes > shape.maxRecordBytes()) {
                throw tooLarge(reply.topic(), bytes, shape.maxRecordBytes());
            }
            return shape;
        });
    }

    /** Looks it up anew for the next reply. */
    void forget(String topic) {
        known.remove(topic);
    }

    /** The topic may have grown; but who names wrong partitions does not have the brokers asked each time. */
    private void forgetOld(String topic) {
        long now = nanos.getAsLong();
        known.computeIfPresent(topic, (name, last) -> now - last.sinceNanos > KEEP_FAILURE_NANOS ? null : last);
    }

    static RemoraException tooLarge(String topic, int bytes, int most) {
        return new RemoraException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "The reply has " + bytes + " bytes, more than the " + most + " that '" + topic + "' takes.",
                "Ask for fewer or smaller outputs, or raise max.request.size of the producer and max.message.bytes of the"
                        + " topic.");
    }

    private CompletionStage<TopicShape> shape(String topic) {
        long now = nanos.getAsLong();
        Known last = known.get(topic);
        if (last != null && !last.stale(now)) {
            return last.shape;
        }
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        Known next = new Known(lookup.apply(topic).toCompletableFuture(), now);
        known.put(topic, next);
        return next.shape;
    }

    private record Known(CompletableFuture<TopicShape> shape, long sinceNanos) {
        boolean stale(long now) {
            return now - sinceNanos > (shape.isCompletedExceptionally() ? KEEP_FAILURE_NANOS : KEEP_NANOS);
        }
    }
}
