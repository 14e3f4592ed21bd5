package dev.remora.spread;

import dev.remora.protocol.Residency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Writes to the residency topic, outside all transactions: a hint may be late or lost. Confined to the control thread. */
final class ResidencyTopic implements Announcer.Sink {
    private static final long SEND_SECONDS = 3;

    private final String topic;
    private final Supplier<Producer<byte[], byte[]>> connect;
    private @Nullable Producer<byte[], byte[]> producer;

    ResidencyTopic(String topic, Supplier<Producer<byte[], byte[]>> connect) {
        this.topic = topic;
        this.connect = connect;
    }

    @Override
    public void send(List<Residency> records) throws InterruptedException, ExecutionException, TimeoutException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Residency each : records) {
            Future<RecordMetadata> one = producer().send(new ProducerRecord<>(topic, each.key(), each.value()));
            sent.add(one);
            if (one.isDone()) {
                one.get(); // what was refused at once, after a wait, would be for every other record too
            }
        }
        for (Future<RecordMetadata> each : sent) {
            each.get(SEND_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> connected = producer;
        if (connected == null) {
            connected = connect.get();
            producer = connected;
        }
        return connected;
    }

    @Override
    public void close() {
        Producer<byte[], byte[]> connected = producer;
        if (connected != null) {
            connected.close(Duration.ZERO);
        }
    }
}
