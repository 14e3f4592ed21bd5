package dev.remora.it.guarantee;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** Reads the topic of replies while they come, committed ones only, on a thread of its own. Thread-safe. */
final class ReplyReader implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Consumer<ConsumerRecord<byte[], byte[]>> receiver;
    private final Thread thread = new Thread(this::read, "reply-reader");

    /** Begins to read an existing topic. */
    ReplyReader(String bootstrap, String topic, Consumer<ConsumerRecord<byte[], byte[]>> receiver) {
        this.receiver = receiver;
        consumer = TopicScan.consumer(bootstrap, IsolationLevel.READ_COMMITTED);
        List<TopicPartition> partitions = TopicScan.partitions(consumer, topic);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        try (consumer) {
            while (true) {
                consumer.poll(Duration.ofSeconds(10)).forEach(receiver);
            }
        } catch (WakeupException e) {
            // closed
        }
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
