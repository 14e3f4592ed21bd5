package dev.remora.reply;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * What the owner of a partition says of it to others: it leaves with the partition's progress, so that who has lost the
 * partition can say nothing any more. Immutable.
 *
 * @param partition which one
 * @param epoch of its assignment
 * @param record what is said
 * @param done completes on the reply thread; it is tried once
 */
record Announcement(
        TopicPartition partition, long epoch, ProducerRecord<byte[], byte[]> record, CompletableFuture<Void> done) {

    void said() {
        done.complete(null);
    }

    void unsaid(Throwable reason) {
        done.completeExceptionally(reason);
    }
}
