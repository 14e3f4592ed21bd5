package dev.remora.it;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A user with nothing but Kafka: produces records, and reads the endpoint's topic of replies from its beginning,
 * committed records only. Thread-safe.
 */
public final class Requester implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final String invocations;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final Map<String, List<Reply>> replies = new ConcurrentHashMap<>();
    private final Thread reader;

    /** Begins to read; the topics exist. */
    Requester(String bootstrap, String invocations, String replies) {
        this.invocations = invocations;
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("linger.ms", "0");
        // A partition that is only just there may take a second batch before the first, and the first never.
        config.put("max.in.flight.requests.per.connection", "1");
        config.put("isolation.level", "read_committed");
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(replies).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        reader = new Thread(this::read, "requester");
        reader.setDaemon(true);
        reader.start();
    }

    /** Sends a JSON body to a model. */
    public CompletableFuture<Reply> send(String model, String json) {
        return send(model, json.getBytes(StandardCharsets.UTF_8), Map.of("content-type", "application/json"));
    }

    /** Sends a body with headers; without a request id among them it makes one. */
    public CompletableFuture<Reply> send(String model, byte[] body, Map<String, String> headers) {
        Map<String, byte[]> bytes = new HashMap<>();
        headers.forEach((name, value) -> bytes.put(name, value.getBytes(StandardCharsets.UTF_8)));
        return send(new ProducerRecord<>(invocations, model.getBytes(StandardCharsets.UTF_8), body), bytes);
    }

    /** Sends this very record with further headers; without a request id among them it makes one. */
    CompletableFuture<Reply> send(ProducerRecord<byte[], byte[]> sent, Map<String, byte[]> headers) {
        headers.forEach((name, value) -> sent.headers().add(name, value));
        if (sent.headers().lastHeader("remora-request-id") == null) {
            sent.headers().add("remora-request-id", UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
        }
        String id = new String(sent.headers().lastHeader("remora-request-id").value(), StandardCharsets.UTF_8);
        CompletableFuture<Reply> reply = waiting.computeIfAbsent(id, i -> new CompletableFuture<>());
        producer.send(sent, (metadata, error) -> {
            if (error != null) {
                reply.completeExceptionally(error);
            }
        });
        return reply;
    }

    /** The reply to a request that somebody else sends under this id. */
    CompletableFuture<Reply> expect(String id) {
        return waiting.computeIfAbsent(id, i -> new CompletableFuture<>());
    }

    /** The reply, waited for. */
    public static Reply await(CompletableFuture<Reply> reply) {
        try {
            return reply.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("No reply within " + PATIENCE.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new AssertionError("Not sent", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    /** All replies so far with this request id: more than one where a reply came twice. */
    List<Reply> replies(String requestId) {
        return List.copyOf(replies.getOrDefault(requestId, List.of()));
    }

    /** All replies so far by request id, those to others included. */
    Map<String, List<Reply>> replies() {
        return Map.copyOf(replies);
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(Duration.ofSeconds(5));
    }

    private void read() {
        try (consumer) {
            while (true) {
                consumer.poll(Duration.ofSeconds(10)).forEach(this::received);
            }
        } catch (WakeupException e) {
            // closed
        }
    }

    private void received(ConsumerRecord<byte[], byte[]> received) {
        Reply reply = Reply.of(received);
        String id = reply.header("remora-request-id");
        replies.computeIfAbsent(id, i -> new CopyOnWriteArrayList<>()).add(reply);
        waiting.computeIfAbsent(id, i -> new CompletableFuture<>()).complete(reply);
    }

    /** How many replies came twice or more. */
    long doubled() {
        return new ArrayList<>(replies.values())
                .stream().filter(r -> r.size() > 1).count();
    }
}
