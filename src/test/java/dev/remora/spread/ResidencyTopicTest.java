package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Residency;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ResidencyTopicTest {
    private static final List<Residency> RECORDS = List.of(residency(0), residency(1), residency(2));

    @Test
    void writesARecordForEachPartition() throws Exception {
        MockProducer<byte[], byte[]> producer =
                new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        ResidencyTopic topic = new ResidencyTopic("acme.residency", () -> producer);

        topic.send(RECORDS);

        assertThat(producer.history()).hasSize(3);
        for (int i = 0; i < 3; i++) {
            ProducerRecord<byte[], byte[]> written = producer.history().get(i);
            assertThat(Residency.read(written.key(), written.value())).contains(RECORDS.get(i));
        }
        topic.close();
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void waitsForBrokersThatAreAwayOnceAndNotForEachRecord() {
        AtomicInteger sends = new AtomicInteger();
        MockProducer<byte[], byte[]> producer =
                new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> each) {
                        sends.incrementAndGet();
                        return CompletableFuture.failedFuture(new TimeoutException("no metadata"));
                    }
                };

        ResidencyTopic topic = new ResidencyTopic("acme.residency", () -> producer);

        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> topic.send(RECORDS));
        assertThat(sends).hasValue(1);
    }

    private static Residency residency(int partition) {
        Residency.Model model = new Residency.Model(new ModelName("a.onnx"), "v", 1);
        return new Residency(partition, 3, "me", 1, 1, List.of(model), Map.of(), Map.of());
    }
}
