package dev.remora.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The limit: a bare consumer that sends each record back as it came. Plain, or in transactions by two producers in turn: one
 * alone would wait for the markers of its last transaction.
 */
final class EchoMain {
    private EchoMain() {}

    /** Echoes until its parent ends. */
    public static void main(String[] args) throws Exception {
        Fields settings = ChildProgram.settings(args);
        boolean transactional = settings.text("mode").equals("tx");
        Thread echo = new Thread(() -> echo(settings, transactional), "echo");
        echo.setDaemon(true);
        echo.start();
        ChildProgram.serve(Fields.none(), command -> command);
    }

    private static void echo(Fields settings, boolean transactional) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings, !transactional)) {
            consumer.subscribe(List.of(settings.text("in")));
            if (transactional) {
                echoInTransactions(settings, consumer);
            } else {
                echoPlainly(settings, consumer);
            }
        }
    }

    private static void echoPlainly(Fields settings, KafkaConsumer<byte[], byte[]> consumer) {
        try (KafkaProducer<byte[], byte[]> producer = producer(settings, Map.of())) {
            while (true) {
                for (ConsumerRecord<byte[], byte[]> request : consumer.poll(Duration.ofSeconds(1))) {
                    producer.send(reply(settings, request));
                }
            }
        }
    }

    private static void echoInTransactions(Fields settings, KafkaConsumer<byte[], byte[]> consumer) {
        List<KafkaProducer<byte[], byte[]>> producers =
                List.of(transactional(settings, "echo-0"), transactional(settings, "echo-1"));
        for (int turn = 0; true; turn++) {
            ConsumerRecords<byte[], byte[]> requests = consumer.poll(Duration.ofSeconds(1));
            if (requests.isEmpty()) {
                continue;
            }
            KafkaProducer<byte[], byte[]> producer = producers.get(turn % 2);
            producer.beginTransaction();
            Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
            for (ConsumerRecord<byte[], byte[]> request : requests) {
                producer.send(reply(settings, request));
                progress.put(
                        new TopicPartition(request.topic(), request.partition()),
                        new OffsetAndMetadata(request.offset() + 1));
            }
            producer.sendOffsetsToTransaction(progress, consumer.groupMetadata());
            producer.commitTransaction();
        }
    }

    /** Keyed by the request's id, as Remora's replies are. */
    private static ProducerRecord<byte[], byte[]> reply(Fields settings, ConsumerRecord<byte[], byte[]> request) {
        byte[] id = request.headers().lastHeader(Load.ID).value();
        return new ProducerRecord<>(settings.text("out"), null, id, request.value(), request.headers());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Fields settings, boolean autoCommit) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        settings.text("bootstrap"),
                        "group.id",
                        settings.text("in"),
                        "auto.offset.reset",
                        "earliest",
                        "isolation.level",
                        "read_committed",
                        "receive.buffer.bytes",
                        -1,
                        "enable.auto.commit",
                        autoCommit),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static KafkaProducer<byte[], byte[]> transactional(Fields settings, String id) {
        KafkaProducer<byte[], byte[]> producer =
                producer(settings, Map.of("transactional.id", settings.text("in") + "-" + id, "retry.backoff.ms", 2));
        producer.initTransactions();
        return producer;
    }

    private static KafkaProducer<byte[], byte[]> producer(Fields settings, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", settings.text("bootstrap"));
        config.put("linger.ms", 0);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
