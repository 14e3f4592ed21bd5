package dev.remora.reply;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The way out: takes replies from any thread, sends them from one of its own, and knows which records are settled.
 * Thread-safe; no call blocks but {@link #awaitRoom} and {@link #close}. What poll tells it (assigned, seen, revoked)
 * takes effect in the order told, between the replies given before and after.
 */
public interface ReplySender extends AutoCloseable {
    /**
     * Starts the reply thread. Brokers that are away are waited for.
     *
     * @param connection where the brokers are and how to speak with them, for whatever client
     * @param producer further properties of the producers
     * @param threads makes the reply thread
     * @param nanos a clock for waiting
     */
    static ReplySender start(
            ReplySettings settings,
            Map<String, Object> connection,
            Map<String, Object> producer,
            MessageCodec codec,
            ThreadFactory threads,
            LongSupplier nanos) {
        return KafkaReplySender.start(settings, connection, producer, codec, threads, nanos);
    }

    /**
     * Reads where the new owner of these partitions goes on, once no transaction is open over them.
     *
     * @return completes on a thread that must not be held up, exceptionally when the brokers did not answer in time or
     *     refused
     */
    CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions);

    /** A partition is ours from here on. */
    void assigned(StartPoint start, long epoch);

    /** The group as poll knows it now; goes with the progress of what was told before and after. */
    void generation(ConsumerGroupMetadata group);

    /** Poll has read on. */
    void seen(Span span);

    /**
     * Completes when all replies given so far for these partitions have left, or cannot leave for now.
     *
     * @return the last word on their progress, to be committed before they are handed over
     */
    CompletionStage<Map<TopicPartition, Commit>> flush(Collection<TopicPartition> partitions);

    /** The brokers refused commits for the length of their metadata, the longest having so many characters. */
    void metadataRefused(int chars);

    /** These partitions are no longer ours: what arrives for them from here on is dropped. */
    void revoked(Collection<TopicPartition> partitions);

    /** Answers a record with what its model gave. */
    void succeed(Receipt receipt, ReplyContext context, ReplyHead head, EncodedBody body);

    /** Answers a record with an error. */
    void fail(Receipt receipt, ReplyContext context, ReplyHead head, RemoraException error);

    /**
     * Leaves a record to another partition of its topic: that it lies there settles it here, as a reply would.
     *
     * @param record for the other partition
     * @param fate is told what became of it
     */
    void forward(Receipt receipt, ReplyContext context, ProducerRecord<byte[], byte[]> record, Fate fate);

    /**
     * Says something of a partition to others, together with its progress: who has lost the partition can say nothing.
     *
     * @param epoch of its assignment
     * @return completes on a thread that must not be held up, exceptionally when it is not certain that it was said; it is
     *     tried once
     */
    CompletionStage<Void> announce(TopicPartition partition, long epoch, ProducerRecord<byte[], byte[]> record);

    /** Who commits progress: poll, or the replies' own transactions. */
    Delivery delivery();

    /** What to commit for each partition, as far as the broker has acknowledged its replies. */
    Map<TopicPartition, Commit> progress();

    /** Whether unsent replies leave room for more. */
    boolean hasRoom();

    /** Waits until they do, at most so long. */
    void awaitRoom(Duration limit) throws InterruptedException;

    /** The figures. */
    ReplySnapshot snapshot();

    /** Sends what is there, within the time allowed, and ends the thread. Blocks. */
    @Override
    void close();

    /**
     * What becomes of a record that is left to another partition. Called by any thread; not at all when the record's own
     * partition has moved on meanwhile.
     */
    interface Fate {
        /** It lies there. */
        void taken();

        /** It cannot go there, for this reason: it is to be answered here. */
        void kept(RemoraException reason);
    }

    /**
     * A record that was handed out to be answered. Immutable.
     *
     * @param record as it came
     * @param epoch of the assignment under which it was read
     */
    record Receipt(ConsumerRecord<byte[], byte[]> record, long epoch) {
        /** Where it came from. */
        public TopicPartition partition() {
            return new TopicPartition(record.topic(), record.partition());
        }
    }

    /**
     * A stretch of a partition that poll has read. Immutable as long as nobody writes to the offsets.
     *
     * @param partition which one
     * @param epoch of its assignment
     * @param from where poll stood
     * @param to where it stands
     * @param offsets of the records in between, ascending; all others hold none
     */
    @SuppressWarnings("ArrayRecordComponent") // made for one message, read once
    record Span(TopicPartition partition, long epoch, long from, long to, long[] offsets) {}

    /**
     * Progress of a partition. Immutable.
     *
     * @param epoch of its assignment
     * @param offset the lowest offset that is not settled, and what is settled beyond it
     * @param full whether no further record of it is to be handed out until the gap closes
     */
    record Commit(long epoch, OffsetAndMetadata offset, boolean full) {}
}
