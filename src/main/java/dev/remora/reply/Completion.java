package dev.remora.reply;

import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Fate;
import dev.remora.reply.ReplySender.Receipt;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A reply on its way, or the record itself to another partition, and the record that it settles. Immutable.
 *
 * @param receipt of the record
 * @param context how to answer it, should this reply be refused
 * @param head what to say of it then
 * @param reply ready to send
 * @param status of the reply
 * @param attempt which form of the reply this is
 * @param fate of a record to another partition: is told whether it lies there
 */
record Completion(
        Receipt receipt,
        ReplyContext context,
        ReplyHead head,
        ProducerRecord<byte[], byte[]> reply,
        int status,
        Attempt attempt,
        @Nullable Fate fate) {

    Completion(
            Receipt receipt,
            ReplyContext context,
            ReplyHead head,
            ProducerRecord<byte[], byte[]> reply,
            int status,
            Attempt attempt) {
        this(receipt, context, head, reply, status, attempt, null);
    }

    /** Whether it leaves the record to another partition instead of answering it. */
    boolean forwards() {
        return fate != null;
    }

    /** Bytes that wait with it: of the request, kept for the dead letter, and of the reply. */
    long bytes() {
        byte[] value = reply.value();
        int replyBytes = value == null ? 0 : value.length;
        return Math.max(0, receipt.record().serializedValueSize()) + replyBytes + 512L;
    }

    /** Whether there is anything to send. */
    boolean leaves() {
        return attempt != Attempt.NOTHING;
    }

    /** The forms of a reply, in the order in which the broker may refuse them. */
    enum Attempt {
        /** As it was made. */
        AS_MADE,
        /** An error in its place, where the reply was to go. */
        ERROR,
        /** An error on the endpoint's own reply topic. */
        ERROR_AT_HOME,
        /** The request itself, on the topic of dead letters. */
        DEAD_LETTER,
        /** Where the request lies in its log, on the topic of dead letters. */
        PLACE,
        /** Nothing: the log of the process says where the request lies. */
        NOTHING
    }
}
