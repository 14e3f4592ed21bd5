package dev.remora.it.guarantee;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends the load at a pace, on a thread of its own, whatever happens to the broker meanwhile. Thread-safe. */
final class Sender implements AutoCloseable {
    private static final long TICK_MILLIS = 10;

    private final Load load;
    private final String topic;
    private final Pace pace;
    private final AtomicReferenceArray<@Nullable Place> places;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final KafkaProducer<byte[], byte[]> producer;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::send, "load");

    /** Not yet started. */
    Sender(String bootstrap, String topic, Load load, int records, Pace pace) {
        this.load = load;
        this.topic = topic;
        this.pace = pace;
        places = new AtomicReferenceArray<>(records);
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        // Idempotent, and never giving up: each request is in the log once, broker or no broker.
        config.put("enable.idempotence", true);
        // A partition that is only just there may take a second batch before the first, and the first never.
        config.put("max.in.flight.requests.per.connection", 1);
        config.put("linger.ms", 1);
        config.put("delivery.timeout.ms", Integer.MAX_VALUE);
        config.put("max.block.ms", Long.MAX_VALUE);
        // Partitions that are added are used soon.
        config.put("metadata.max.age.ms", 2_000);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Requests that the broker has taken. */
    int acknowledged() {
        return acknowledged.get();
    }

    /** Requests that it refused for good. */
    int refused() {
        return refused.get();
    }

    /** Requests to be sent in all. */
    int records() {
        return places.length();
    }

    /** Whether all are sent and acknowledged, or refused. */
    boolean done() {
        return acknowledged.get() + refused.get() == places.length();
    }

    /** Where a request lies; null while the broker has not said so. */
    @Nullable
    Place place(int number) {
        return number < 0 || number >= places.length() ? null : places.get(number);
    }

    private void send() {
        pace.begin(places.length());
        int number = 0;
        while (number < places.length()) {
            for (int due = pace.due(); number < due; number++) {
                send(load.request(number));
            }
            if (pausedOrStopped()) {
                return;
            }
        }
        producer.flush();
    }

    private void send(Request request) {
        ProducerRecord<byte[], byte[]> sent = new ProducerRecord<>(
                topic, bytes(request.model()), request.question().body());
        sent.headers().add("remora-request-id", bytes(request.id()));
        sent.headers().add("content-type", bytes(request.question().contentType()));
        request.headers().forEach((name, value) -> sent.headers().add(name, bytes(value)));
        producer.send(sent, (metadata, error) -> answered(request.number(), metadata, error));
    }

    private void answered(int number, @Nullable RecordMetadata metadata, @Nullable Exception error) {
        if (error != null || metadata == null) {
            refused.incrementAndGet();
            return;
        }
        places.set(number, new Place(metadata.partition(), metadata.offset(), metadata.timestamp()));
        acknowledged.incrementAndGet();
    }

    private boolean pausedOrStopped() {
        try {
            return stopped.await(TICK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        stopped.countDown();
        producer.close(Duration.ofSeconds(5));
    }
}
