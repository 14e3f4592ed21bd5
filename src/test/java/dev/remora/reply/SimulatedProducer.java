package dev.remora.reply;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A transactional producer of {@link SimulatedBrokers}, as strict as a real one about what it may be asked next. */
final class SimulatedProducer extends MockProducer<byte[], byte[]> {
    private final SimulatedBrokers brokers;
    private final int id;
    private final Predicate<ProducerRecord<byte[], byte[]>> refuses;
    private final List<Callback> batch = new ArrayList<>();
    private int epoch;
    private boolean begun;
    private boolean committing;

    /** Why nothing but an abort is possible. */
    private @Nullable RuntimeException refusal;

    /** Why nothing is possible any more. */
    private @Nullable RuntimeException lost;

    SimulatedProducer(SimulatedBrokers brokers, int id, Predicate<ProducerRecord<byte[], byte[]>> refuses) {
        super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        this.brokers = brokers;
        this.id = id;
        this.refuses = refuses;
    }

    @Override
    public void initTransactions() {
        if (brokers.mishap(5)) {
            throw new TimeoutException("no coordinator");
        }
        epoch = brokers.begin(id);
    }

    @Override
    public void beginTransaction() {
        usable();
        if (begun) {
            throw new IllegalStateException("begun already");
        }
        begun = true;
        committing = false;
        batch.clear();
        brokers.open(id);
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> reply, Callback callback) {
        batch.add(callback);
        if (refuses.test(reply)) {
            refusal = new RecordTooLargeException("too large");
        } else if (refusal == null && lost == null) {
            fenced(() -> brokers.open(id).records.add(reply));
        }
        return new CompletableFuture<>();
    }

    @Override
    public void sendOffsetsToTransaction(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        usable();
        if (group.generationId() != brokers.generation) {
            refusal = new CommitFailedException();
            throw refusal;
        }
        if (brokers.mishap(10)) {
            refusal = new TimeoutException("no answer");
            throw refusal;
        }
        fenced(() -> brokers.open(id).offset = offsets.get(brokers.partition));
        if (lost != null) {
            throw lost;
        }
    }

    @Override
    public void commitTransaction() {
        if (!committing) {
            usable();
        }
        committing = true;
        if (brokers.mishap(8)) {
            brokers.fenceAll();
        }
        fenced(() -> commitOrSo());
        if (lost != null) {
            throw lost;
        }
        begun = false;
    }

    private void commitOrSo() {
        brokers.open(id).asked = true;
        if (brokers.mishap(6)) {
            throw new TimeoutException("no answer, and it never arrived");
        }
        boolean answered = !brokers.mishap(6);
        brokers.commit(id);
        if (!answered && brokers.dice.nextBoolean()) {
            throw new TimeoutException("no answer, though it arrived");
        }
        if (!answered) {
            lost = new KafkaException("lost, though it arrived");
        }
    }

    @Override
    public void abortTransaction() {
        RuntimeException reason =
                refusal instanceof RecordTooLargeException ? refusal : new TransactionAbortedException();
        batch.forEach(each -> each.onCompletion(null, reason));
        batch.clear();
        if (lost != null) {
            throw new KafkaException("in an error state", lost);
        }
        if (committing && refusal == null) {
            throw new IllegalStateException("committing");
        }
        if (brokers.mishap(6)) {
            lost = new TimeoutException("no answer");
            throw lost;
        }
        fenced(() -> brokers.abort(id));
        begun = false;
        committing = false;
        refusal = null;
        if (lost != null) {
            throw lost;
        }
    }

    @Override
    public void close(Duration timeout) {
        // What is open stays so until its id is taken over.
    }

    private void usable() {
        if (lost != null) {
            throw new KafkaException("in an error state", lost);
        }
        if (refusal != null) {
            throw new KafkaException("in an error state", refusal);
        }
    }

    private void fenced(Runnable request) {
        try {
            brokers.check(id, epoch);
            request.run();
        } catch (ProducerFencedException e) {
            lost = e;
        }
    }
}
