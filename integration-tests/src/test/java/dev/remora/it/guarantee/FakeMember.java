package dev.remora.it.guarantee;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * An instance that knows the answers and runs within this process: what the suite is tried out on. It can be made to break
 * each promise. Thread-safe.
 */
final class FakeMember implements Member {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String name;
    private final Load load;
    private final Vice vice;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, Boolean> assigned = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::serve, "fake");
    private volatile boolean killed;

    /** What it does wrong. */
    enum Vice {
        NONE,
        FORGETS,
        REPEATS,
        LIES,
        MAKES_UP,
        NEVER_COMMITS
    }

    FakeMember(String name, String bootstrap, Load load, Vice vice) {
        this.name = name;
        this.load = load;
        this.vice = vice;
        Map<String, Object> reading = new HashMap<>();
        reading.put("bootstrap.servers", bootstrap);
        reading.put("group.id", Site.ENDPOINT);
        reading.put("client.id", Site.ENDPOINT + "-" + name);
        reading.put("group.instance.id", name);
        reading.put("enable.auto.commit", false);
        reading.put("auto.offset.reset", "earliest");
        reading.put("session.timeout.ms", 3_000);
        reading.put("heartbeat.interval.ms", 500);
        reading.put("metadata.max.age.ms", 1_000);
        consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "linger.ms", 0),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        consumer.subscribe(List.of(Site.INVOCATIONS), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                partitions.forEach(partition -> assigned.put(partition.toString(), true));
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
        });
        try {
            while (true) {
                answer(consumer.poll(POLL));
            }
        } catch (WakeupException e) {
            // killed or stopped
        }
        // Who is killed leaves nobody: its session has to end.
        consumer.close(CloseOptions.groupMembershipOperation(
                        killed
                                ? CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP
                                : CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(Duration.ofSeconds(1)));
        producer.close(Duration.ofSeconds(1));
    }

    private void answer(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String id =
                    new String(record.headers().lastHeader("remora-request-id").value(), StandardCharsets.UTF_8);
            int number = Request.number(id);
            boolean spoiled = number % 100 == 7;
            if (!(spoiled && vice == Vice.FORGETS)) {
                reply(id, load.request(number), spoiled && vice == Vice.LIES);
            }
            if (spoiled && vice == Vice.REPEATS) {
                reply(id, load.request(number), false);
            }
            if (spoiled && vice == Vice.MAKES_UP) {
                reply("g-x" + number, load.request(number), false);
            }
            progress.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.flush();
        if (vice != Vice.NEVER_COMMITS) {
            consumer.commitSync(progress);
        }
    }

    private void reply(String id, Request request, boolean lie) {
        Expectation expected = request.question().expected();
        int status = expected instanceof Expectation.Failure failure ? failure.status() : 200;
        String code = expected instanceof Expectation.Failure failure ? failure.code() : "";
        String body =
                expected instanceof Expectation.Values values ? values.values().toString() : "{}";
        ProducerRecord<byte[], byte[]> reply =
                new ProducerRecord<>(Site.REPLIES, bytes(id), bytes(lie ? "[0.0, 0.0, 17.0]" : body));
        reply.headers()
                .add("remora-request-id", bytes(id))
                .add("remora-status-code", bytes(lie ? "200" : Integer.toString(status)))
                .add("remora-error-code", bytes(code))
                .add("remora-model", bytes(request.model()))
                .add("remora-instance", bytes(name));
        String correlation = request.headers().get(Load.CORRELATION);
        if (correlation != null) {
            reply.headers().add(Load.CORRELATION, bytes(correlation));
        }
        producer.send(reply);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isAlive() {
        return thread.isAlive();
    }

    @Override
    public boolean isReady() {
        return isAlive() && !assigned.isEmpty();
    }

    @Override
    public void kill() {
        killed = true;
        stop(Duration.ofSeconds(10));
    }

    @Override
    public boolean stop(Duration limit) {
        consumer.wakeup();
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    @Override
    public void freeze() {
        throw new UnsupportedOperationException("A thread cannot be frozen");
    }

    @Override
    public void unfreeze() {
        throw new UnsupportedOperationException("A thread cannot be frozen");
    }

    @Override
    public Optional<Vitals> vitals() {
        return Optional.empty();
    }

    @Override
    public String lastWords() {
        return "it has no log";
    }
}
