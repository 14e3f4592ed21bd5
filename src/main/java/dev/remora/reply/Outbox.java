package dev.remora.reply;

import java.util.Collection;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.common.TopicPartition;

/** How replies reach the broker. Confined to the reply thread. */
interface Outbox extends AutoCloseable {
    /** Takes a reply that may leave. */
    void send(Completion completion);

    /** Takes a reply that cannot leave for now. */
    void held(Completion completion, Exception reason);

    /** Takes what is to be said of a partition. */
    void announce(Announcement announcement);

    /** The group as poll knows it now. */
    void generation(ConsumerGroupMetadata group);

    /** Sends what is due. Called once a turn. */
    void turn();

    /** Whether anything taken for these partitions is still on its way, and not merely waiting for the broker to mend. */
    boolean busy(Collection<TopicPartition> partitions);

    /** Ends, leaving what the broker has not taken. */
    @Override
    void close();
}
