package dev.remora.reply;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;

/** What the brokers know and we ask them for, never waiting for the answer. Thread-safe. */
interface Brokers extends AutoCloseable {
    /** See {@link ReplySender#startPoints}. */
    CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions);

    /**
     * What a topic takes; fails with a {@link dev.remora.protocol.RemoraException} when it is not there or not ours to
     * write to.
     */
    CompletionStage<TopicShape> shape(String topic);

    @Override
    void close();
}
