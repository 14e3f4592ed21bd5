package dev.remora.bench;

import dev.remora.protocol.CompactedTopic;
import dev.remora.protocol.RouteTable;
import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Streams of requests at paces of their own, from a producer that knows of no routes, and what came of each. Thread-safe;
 * it has a thread that reads, one that follows the routes, and one for each stream.
 */
final class SpreadTraffic implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String bootstrap;
    private final String endpoint;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, Long> due = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> replies = new ConcurrentHashMap<>();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final RouteTable routes = new RouteTable();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * One reply.
     *
     * @param stream that the request belonged to
     * @param model that was asked
     * @param instance that answered
     * @param tookNanos from when the request was due
     * @param queuedNanos how much of that it waited for its turn, by its own account
     * @param seenNanos when it was read
     */
    record Answer(String stream, String model, String instance, long tookNanos, long queuedNanos, long seenNanos) {}

    SpreadTraffic(String bootstrap, String endpoint) {
        this.bootstrap = bootstrap;
        this.endpoint = endpoint;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "linger.ms", 0, "metadata.max.age.ms", 2_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> reader = consumer();
        List<TopicPartition> partitions = reader.partitionsFor(endpoint + ".replies").stream()
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        reader.assign(partitions);
        reader.seekToBeginning(partitions);
        start(() -> read(reader));
        start(this::follow);
    }

    /** Sends to these models in turn until it is closed. */
    Stream stream(String name, List<String> models, double perSecond) {
        return stream(name, models, perSecond, this::produce);
    }

    /**
     * As {@link #stream(String, List, double)}.
     *
     * @param sender sends a request of this id to this model
     */
    Stream stream(String name, List<String> models, double perSecond, BiConsumer<String, String> sender) {
        Stream stream = new Stream(name, models, perSecond, sender);
        start(stream);
        return stream;
    }

    /** What has come so far. */
    List<Answer> answers(Predicate<Answer> which) {
        return answers.stream().filter(which).toList();
    }

    int sent() {
        return due.size();
    }

    /** Requests that have no reply. */
    long lost() {
        return due.keySet().stream().filter(id -> !replies.containsKey(id)).count();
    }

    /** Replies that had come before. */
    long doubled() {
        return replies.values().stream().mapToInt(each -> each.get() - 1).sum();
    }

    /** Replies that say that something went wrong. */
    int failed() {
        return failed.get();
    }

    /** How many partitions the model is spread over now. */
    int width(String model, int partitions) {
        return routes.all().stream()
                .filter(route -> route.model().value().equals(model) && route.partitionCount() == partitions)
                .mapToInt(route -> route.partitions().size())
                .findFirst()
                .orElse(1);
    }

    /** Whether this became so in time. Blocks. */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        return true;
    }

    /** Blocks for so long. */
    static void pass(Duration time) {
        await(time, () -> false);
    }

    @Override
    public void close() {
        stopped.set(true);
        for (Thread each : threads) {
            try {
                each.join(Duration.ofSeconds(5).toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        producer.close(Duration.ofSeconds(1));
    }

    private void start(Runnable work) {
        Thread thread = new Thread(work, "traffic");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void read(KafkaConsumer<byte[], byte[]> reader) {
        try (reader) {
            while (!stopped.get()) {
                reader.poll(POLL).forEach(this::received);
            }
        }
    }

    private void received(ConsumerRecord<byte[], byte[]> reply) {
        String id = header(reply, Load.ID);
        Long from = due.get(id);
        if (from == null) {
            failed.incrementAndGet();
            return;
        }
        if (!header(reply, "remora-status").equals("ok")) {
            failed.incrementAndGet();
        }
        if (replies.computeIfAbsent(id, each -> new AtomicInteger()).incrementAndGet() == 1) {
            long now = System.nanoTime();
            String stream = id.substring(0, id.indexOf('/'));
            long queued = Timing.parse(header(reply, "remora-timing")).queueNanos();
            answers.add(new Answer(
                    stream, header(reply, "remora-model"), header(reply, "remora-instance"), now - from, queued, now));
        }
    }

    private void follow() {
        try (CompactedTopic topic = new CompactedTopic(this::consumer, endpoint + ".routes", routes)) {
            while (!stopped.get()) {
                topic.poll(POLL);
            }
        }
    }

    private void produce(String id, String model) {
        ProducerRecord<byte[], byte[]> request =
                new ProducerRecord<>(endpoint + ".invocations", utf8(model), new byte[] {1, 2, 3});
        request.headers().add(Load.ID, utf8(id)).add("content-type", utf8("application/octet-stream"));
        producer.send(request);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "isolation.level",
                        "read_committed",
                        "receive.buffer.bytes",
                        -1,
                        "auto.offset.reset",
                        "none"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    /** Requests at an even pace, whatever comes back. */
    final class Stream implements Runnable, AutoCloseable {
        private final String name;
        private final List<String> models;
        private final double perSecond;
        private final BiConsumer<String, String> sender;
        private final long startNanos = System.nanoTime();
        private volatile boolean over;
        private volatile long endNanos;

        Stream(String name, List<String> models, double perSecond, BiConsumer<String, String> sender) {
            this.sender = sender;
            this.name = name + "-" + Long.toString(startNanos, 36);
            this.models = models;
            this.perSecond = perSecond;
        }

        /** What the answers are known by. */
        String name() {
            return name;
        }

        long startNanos() {
            return startNanos;
        }

        long endNanos() {
            return endNanos;
        }

        @Override
        public void run() {
            for (int i = 0; !over && !stopped.get(); i++) {
                long at = startNanos + (long) (i * 1e9 / perSecond);
                for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                send(i, at);
            }
        }

        private synchronized void send(int i, long at) {
            if (!over) {
                String id = name + "/" + i;
                due.put(id, at);
                sender.accept(id, models.get(i % models.size()));
            }
        }

        /** Sends nothing more. */
        @Override
        public synchronized void close() {
            over = true;
            endNanos = System.nanoTime();
        }
    }
}
