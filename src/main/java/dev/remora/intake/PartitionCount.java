package dev.remora.intake;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * How many partitions a topic has, and which of them have no leader, as far as the brokers say so. They may be asked while
 * polled records are in hand: that they do not answer must never cost those. Confined to the poll thread.
 */
final class PartitionCount {
    private static final long FRESH_NANOS = Duration.ofSeconds(5).toNanos();
    private static final Duration LIMIT = Duration.ofMillis(500);

    private final Consumer<?, ?> consumer;
    private final String topic;
    private final LongSupplier nanos;
    private List<PartitionInfo> known = List.of();
    private long askedNanos;

    PartitionCount(Consumer<?, ?> consumer, String topic, LongSupplier nanos) {
        this.consumer = consumer;
        this.topic = topic;
        this.nanos = nanos;
        this.askedNanos = nanos.getAsLong() - FRESH_NANOS;
    }

    /** The count, as it was known last; 0 when it never was. */
    int get() {
        return partitions().size();
    }

    /** Those that nobody can read. */
    Set<Integer> leaderless() {
        return partitions().stream()
                .filter(each -> isNobody(each.leader()))
                .map(PartitionInfo::partition)
                .collect(Collectors.toSet());
    }

    private List<PartitionInfo> partitions() {
        long now = nanos.getAsLong();
        if (now - askedNanos >= FRESH_NANOS) {
            askedNanos = now;
            known = ask();
        }
        return known;
    }

    private List<PartitionInfo> ask() {
        try {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic, LIMIT);
            return partitions == null ? List.of() : partitions;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            return known;
        }
    }

    private static boolean isNobody(@Nullable Node leader) {
        return leader == null || leader.isEmpty();
    }
}
