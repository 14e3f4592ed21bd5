package dev.remora.intake;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;

/** A consumer that reads a log as often as it is told to, a few records at a time. */
final class LogConsumer extends MockConsumer<byte[], byte[]> {
    private static final int AT_ONCE = 4;

    final List<ConsumerRecord<byte[], byte[]>> log = new CopyOnWriteArrayList<>();

    LogConsumer() {
        super("earliest");
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        for (TopicPartition partition : assignment()) {
            long position = position(partition);
            log.stream()
                    .filter(each -> each.partition() == partition.partition() && each.offset() >= position)
                    .limit(AT_ONCE)
                    .forEach(this::addRecord);
        }
        return super.poll(timeout);
    }
}
