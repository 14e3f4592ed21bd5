package dev.remora.intake;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;

/**
 * How many partitions a topic has, as far as the brokers say so: they may be asked while polled records are in hand, so
 * that no answer must never cost those. Confined to the poll thread.
 */
final class PartitionCount {
    private static final long FRESH_NANOS = Duration.ofSeconds(5).toNanos();
    private static final Duration LIMIT = Duration.ofMillis(500);

    private final Consumer<?, ?> consumer;
    private final String topic;
    private final LongSupplier nanos;
    private int count;
    private long askedNanos;

    PartitionCount(Consumer<?, ?> consumer, String topic, LongSupplier nanos) {
        this.consumer = consumer;
        this.topic = topic;
        this.nanos = nanos;
        this.askedNanos = nanos.getAsLong() - FRESH_NANOS;
    }

    /** The count; 0 when it is not known. */
    int get() {
        long now = nanos.getAsLong();
        if (now - askedNanos >= FRESH_NANOS) {
            askedNanos = now;
            count = ask();
        }
        return count;
    }

    private int ask() {
        try {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic, LIMIT);
            return partitions == null ? 0 : partitions.size();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            return 0;
        }
    }
}
