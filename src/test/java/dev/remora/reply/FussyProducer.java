package dev.remora.reply;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A producer whose brokers refuse whole batches for one record of them, as theirs do. */
final class FussyProducer extends MockProducer<byte[], byte[]> {
    final List<Integer> sizes = new ArrayList<>();
    final List<ConsumerGroupMetadata> groups = new ArrayList<>();

    /** Says of which records the brokers will hear nothing. */
    Function<ProducerRecord<byte[], byte[]>, @Nullable Exception> refuses = reply -> null;

    /** The longest metadata that the brokers take: with a longer one, the producer is lost. */
    int mostMetadata = Integer.MAX_VALUE;

    /** What happens elsewhere while a commit is under way. */
    Runnable meanwhile = () -> {};

    private boolean lost;
    private final List<Callback> batch = new ArrayList<>();
    private @Nullable Exception refusal;

    FussyProducer() {
        super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> reply, Callback callback) {
        batch.add(callback);
        Exception reason = refuses.apply(reply);
        if (reason != null) {
            refusal = reason;
            return CompletableFuture.failedFuture(reason);
        }
        return super.send(reply, (place, failure) -> {});
    }

    @Override
    public synchronized void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        groups.add(group);
        meanwhile.run();
        if (sendOffsetsToTransactionException != null) {
            // What has not left yet is told why its transaction ends.
            RuntimeException reason = sendOffsetsToTransactionException;
            batch.forEach(each -> each.onCompletion(null, reason));
            batch.clear();
        }
        if (offsets.values().stream().anyMatch(each -> each.metadata().length() > mostMetadata)) {
            lost = true;
            throw new KafkaException(
                    "Unexpected error in TxnOffsetCommitResponse: " + Errors.OFFSET_METADATA_TOO_LARGE.message());
        }
        super.sendOffsetsToTransaction(offsets, group);
    }

    @Override
    public synchronized void commitTransaction() {
        sizes.add(batch.size());
        if (refusal != null) {
            throw new KafkaException("in an error state", refusal);
        }
        super.commitTransaction();
        batch.clear();
    }

    @Override
    public synchronized void abortTransaction() {
        if (lost) {
            throw new KafkaException("in an error state");
        }
        Exception reason = refusal;
        batch.forEach(each -> each.onCompletion(null, reason == null ? new KafkaException("aborted") : reason));
        batch.clear();
        refusal = null;
        super.abortTransaction();
    }
}
