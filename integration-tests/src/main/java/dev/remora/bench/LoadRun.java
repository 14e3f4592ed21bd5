package dev.remora.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * One run: sends on this thread, reads replies on another one. A request's time begins when it was due, not when it was sent,
 * so that a generator held up by the system under test does not hide it.
 */
final class LoadRun {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SEED = 42;

    private final Load load;
    private final Samples samples;
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<byte[]> keys;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Semaphore slots;
    private final String prefix = Long.toString(System.nanoTime(), 36) + "-";

    LoadRun(Load load, Samples samples, String topic, KafkaProducer<byte[], byte[]> producer) {
        this.load = load;
        this.samples = samples;
        this.topic = topic;
        this.producer = producer;
        this.keys = load.models().stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.slots = new Semaphore(load.inFlight());
    }

    /** Runs it; blocks until all replies are there or the patience is over. */
    Outcome against(String bootstrap, String replies) throws InterruptedException {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, replies, load.timed())) {
            Answers answers = new Answers(samples, slots, prefix, capacity(), load.perSecond() > 0);
            Thread reader = new Thread(() -> read(consumer, answers), "replies");
            long start = System.nanoTime();
            long end = start + (long) (load.seconds() * 1e9);
            answers.begin(start, end);
            reader.start();
            int sent = send(answers, start, end);
            answers.sent(sent);
            boolean all = answers.await(PATIENCE);
            answers.stop();
            reader.join();
            return answers.outcome(sent, all);
        }
    }

    private int capacity() {
        double scheduled = load.perSecond() > 0 ? load.perSecond() * load.seconds() + 1 : load.count();
        return (int) Math.min(load.count(), scheduled);
    }

    private int send(Answers answers, long start, long end) throws InterruptedException {
        int capacity = capacity();
        for (int i = 0; i < capacity; i++) {
            long due = load.perSecond() > 0 ? start + (long) (i * 1e9 / load.perSecond()) : 0;
            if (due > 0) {
                waitUntil(due);
            }
            slots.tryAcquire(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            long now = System.nanoTime();
            if (now >= end) {
                return i;
            }
            answers.expect(i, due > 0 ? due : now);
            producer.send(request(i));
        }
        return capacity;
    }

    private ProducerRecord<byte[], byte[]> request(int i) {
        byte[] key = keys.get(load.inTurn() ? i % keys.size() : random.nextInt(keys.size()));
        ProducerRecord<byte[], byte[]> request = new ProducerRecord<>(topic, key, samples.body(i));
        request.headers().add(Load.ID, (prefix + i).getBytes(StandardCharsets.UTF_8));
        samples.headers().forEach((name, value) -> request.headers().add(name, value));
        return request;
    }

    private static void waitUntil(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void read(KafkaConsumer<byte[], byte[]> consumer, Answers answers) {
        while (!answers.stopped()) {
            consumer.poll(Duration.ofMillis(100)).forEach(answers::received);
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String topic, boolean timed) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("isolation.level", "read_committed");
        config.put("receive.buffer.bytes", -1); // as all contenders have it
        if (!timed) {
            config.put("fetch.min.bytes", 64 << 20);
            config.put("fetch.max.wait.ms", 500);
        }
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        // From here on nothing is missed.
        partitions.forEach(consumer::position);
        return consumer;
    }
}
