package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.RemoraException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Settles which partition a client reads replies from, and from where on. */
final class ReplyPartition {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final LongSupplier nanos;
    private final long startNanos;
    private final Duration limit;

    private ReplyPartition(Consumer<byte[], byte[]> consumer, String topic, Duration limit, LongSupplier nanos) {
        this.consumer = consumer;
        this.topic = topic;
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
        this.limit = limit;
    }

    /**
     * Assigns the client its partition, at the end that it has now. Blocks until the topic is there and the end is known.
     *
     * @throws RemoraException {@link ErrorCode#UNAVAILABLE} when that takes longer than the limit,
     *     {@link ErrorCode#FORBIDDEN} when the brokers do not let us read
     */
    static int assign(
            Consumer<byte[], byte[]> consumer, String topic, String client, Duration limit, LongSupplier nanos) {
        ReplyPartition search = new ReplyPartition(consumer, topic, limit, nanos);
        try {
            int partitions = search.awaitPartitions();
            int partition = ModelPartition.of(client.getBytes(StandardCharsets.UTF_8), partitions);
            TopicPartition assigned = new TopicPartition(topic, partition);
            consumer.assign(List.of(assigned));
            consumer.seekToEnd(List.of(assigned));
            // The seek is lazy: without the position a first reply could come before the end is looked up.
            consumer.position(assigned, search.left());
            return partition;
        } catch (AuthorizationException | AuthenticationException e) {
            throw new RemoraException(
                    ErrorCode.FORBIDDEN,
                    "The reply topic '" + topic + "' cannot be read: " + e.getMessage(),
                    "Check the credentials, and grant Describe and Read on the topic.",
                    e);
        } catch (TimeoutException e) {
            throw search.unavailable("The brokers did not answer", e);
        } catch (KafkaException e) {
            throw search.unavailable("The reply topic '" + topic + "' cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private int awaitPartitions() {
        while (true) {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic, left());
            if (partitions != null && !partitions.isEmpty()) {
                return partitions.size();
            }
            if (nanos.getAsLong() - startNanos >= limit.toNanos()) {
                throw unavailable("The reply topic '" + topic + "' does not exist", null);
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private Duration left() {
        long left = limit.toNanos() - (nanos.getAsLong() - startNanos);
        return Duration.ofNanos(Math.max(left, RETRY_NANOS));
    }

    private RemoraException unavailable(String what, @Nullable Throwable cause) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE,
                what + ", " + limit.toMillis() + " ms after the client was started.",
                "Check bootstrap servers and endpoint name; start the endpoint, which creates its topics, or create them.",
                cause);
    }
}
