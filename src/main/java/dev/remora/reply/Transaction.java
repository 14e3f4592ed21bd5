package dev.remora.reply;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** One attempt to have a batch leave together with the progress that it makes. Confined to the reply thread. */
final class Transaction {
    private final Producer<byte[], byte[]> producer;
    private final ReplyBatch batch;
    private final ConsumerGroupMetadata group;

    /** Replies that the producer said could not be written, in its order; its own thread says so. */
    private final Map<Completion, Exception> refused = Collections.synchronizedMap(new LinkedHashMap<>());

    private volatile boolean speechless;

    Transaction(Producer<byte[], byte[]> producer, ReplyBatch batch, ConsumerGroupMetadata group) {
        this.producer = producer;
        this.batch = batch;
        this.group = group;
    }

    /** Sends all and commits. Blocks on the brokers. */
    Outcome run() {
        try {
            producer.beginTransaction();
            for (Completion reply : batch.replies()) {
                if (reply.leaves()) {
                    producer.send(reply.reply(), (place, failure) -> answered(reply, failure));
                }
            }
            for (Announcement each : batch.announcements()) {
                producer.send(each.record(), (place, failure) -> speechless |= failure != null && ofTheReply(failure));
            }
            producer.sendOffsetsToTransaction(batch.offsets(), group);
        } catch (KafkaException | IllegalStateException e) {
            return abort(e);
        }
        return commit();
    }

    /** Commits; may be called again while the outcome is unknown. Blocks on the brokers. */
    Outcome commit() {
        try {
            producer.commitTransaction();
            return new Outcome(Outcome.Kind.COMMITTED, null, false);
        } catch (TimeoutException | InterruptException e) {
            return new Outcome(Outcome.Kind.UNKNOWN, e, false);
        } catch (KafkaException | IllegalStateException e) {
            Outcome aborted = abort(e);
            // Only with a record that failed is it certain that the producer has not asked the brokers to commit.
            return refused.isEmpty() && !speechless ? new Outcome(Outcome.Kind.UNKNOWN, e, true) : aborted;
        }
    }

    ReplyBatch batch() {
        return batch;
    }

    Producer<byte[], byte[]> producer() {
        return producer;
    }

    /** Whether what is to be said cannot be written: without it the replies can. */
    boolean speechless() {
        return speechless;
    }

    /** Which replies could not be written, and why. */
    Map<Completion, Exception> refused() {
        synchronized (refused) {
            return new LinkedHashMap<>(refused);
        }
    }

    private Outcome abort(RuntimeException reason) {
        try {
            producer.abortTransaction();
            return new Outcome(Outcome.Kind.ABORTED, reason, false);
        } catch (KafkaException | IllegalStateException e) {
            return new Outcome(Outcome.Kind.ABORTED, reason, true);
        }
    }

    private void answered(Completion reply, @Nullable Exception failure) {
        if (failure != null && ofTheReply(failure)) {
            refused.put(reply, failure);
        }
    }

    /** Not of the transaction or the producer as a whole, nor only because another reply failed. */
    private static boolean ofTheReply(Exception failure) {
        boolean whole = failure instanceof ApplicationRecoverableException
                || failure instanceof TransactionAbortedException
                || failure instanceof TransactionAbortableException
                || failure instanceof InvalidTxnStateException
                || failure instanceof OutOfOrderSequenceException
                || failure instanceof TransactionalIdAuthorizationException
                || failure instanceof GroupAuthorizationException
                || failure instanceof FencedInstanceIdException
                || failure instanceof ClusterAuthorizationException
                || failure instanceof AuthenticationException
                || failure instanceof UnsupportedVersionException;
        return failure instanceof ApiException && !whole;
    }

    /**
     * How it ended. Immutable.
     *
     * @param kind what is visible now
     * @param failure why it is not committed
     * @param producerLost whether the producer takes nothing more
     */
    record Outcome(Kind kind, @Nullable Exception failure, boolean producerLost) {
        enum Kind {
            /** All of it. */
            COMMITTED,
            /** Nothing, for good. */
            ABORTED,
            /** The brokers have not said. */
            UNKNOWN
        }
    }
}
