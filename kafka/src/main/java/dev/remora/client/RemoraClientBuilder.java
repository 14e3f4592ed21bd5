package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Makes {@link RemoraClient}s. Confined to one thread. */
public final class RemoraClientBuilder {
    private final Map<String, Object> common = new HashMap<>();
    private final Map<String, Object> producer = new HashMap<>();
    private final Map<String, Object> consumer = new HashMap<>();
    private @Nullable String endpoint;
    private @Nullable String invocationTopic;
    private @Nullable String replyTopic;
    private @Nullable String routesTopic;
    private Duration timeout = Duration.ofSeconds(30);
    private Duration startTimeout = Duration.ofSeconds(30);
    private int maxInFlight = 10_000;
    private Executor executor = ForkJoinPool.commonPool();

    RemoraClientBuilder() {}

    /** The endpoint's name, as its {@code remora.endpoint} says; the names of its topics derive from it. */
    public RemoraClientBuilder endpoint(String name) {
        this.endpoint = name;
        return this;
    }

    /** Where the brokers are, as Kafka's {@code bootstrap.servers}. */
    public RemoraClientBuilder bootstrapServers(String servers) {
        common.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        return this;
    }

    /** Kafka properties for both producer and consumer, such as those for security. */
    public RemoraClientBuilder properties(Map<String, ?> properties) {
        common.putAll(properties);
        return this;
    }

    /** Kafka properties for the producer. Requests are sent at once ({@code linger.ms} 0) unless these say otherwise. */
    public RemoraClientBuilder producerProperties(Map<String, ?> properties) {
        producer.putAll(properties);
        return this;
    }

    /** Kafka properties for the consumer. It always reads committed records only, without a group. */
    public RemoraClientBuilder consumerProperties(Map<String, ?> properties) {
        consumer.putAll(properties);
        return this;
    }

    /** Where requests go, if not to {@code <endpoint>.invocations}. */
    public RemoraClientBuilder invocationTopic(String topic) {
        this.invocationTopic = topic;
        return this;
    }

    /** Where the endpoint's replies come, if not on {@code <endpoint>.replies}. It must be the endpoint's own. */
    public RemoraClientBuilder replyTopic(String topic) {
        this.replyTopic = topic;
        return this;
    }

    /**
     * Where the endpoint says which partitions serve a hot model, if not on {@code <endpoint>.routes}. A client that cannot
     * read it sends to the models' homes, and is served all the same.
     */
    public RemoraClientBuilder routesTopic(String topic) {
        this.routesTopic = topic;
        return this;
    }

    /** How long to wait for a reply when the request does not say; 30 seconds if not set. */
    public RemoraClientBuilder timeout(Duration time) {
        this.timeout = InferenceRequest.checkTimeout(time);
        return this;
    }

    /** How long {@link #build} waits for brokers and reply topic; 30 seconds if not set. */
    public RemoraClientBuilder startTimeout(Duration time) {
        this.startTimeout = InferenceRequest.checkTimeout(time);
        return this;
    }

    /** How many requests may wait for replies at a time, beyond which they fail at once; 10,000 if not set. */
    public RemoraClientBuilder maxInFlight(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("At least one request must be allowed in flight.");
        }
        this.maxInFlight = requests;
        return this;
    }

    /** What runs the code that depends on replies; the common pool if not set. */
    public RemoraClientBuilder executor(Executor completions) {
        this.executor = completions;
        return this;
    }

    /**
     * Connects. Blocks until the end of the reply partition is known, so that no reply can be missed.
     *
     * @throws RemoraException {@link ErrorCode#UNAVAILABLE} when the brokers or the reply topic are not there within
     *     {@link #startTimeout}, {@link ErrorCode#FORBIDDEN} when they do not let us in, {@link ErrorCode#BAD_REQUEST}
     *     when Kafka refuses the properties or the endpoint's name is missing
     */
    public RemoraClient build() {
        // A client is where our code starts in its process, so the clock is read here.
        LongSupplier nanos = System::nanoTime;
        String invocations = topic(invocationTopic, ".invocations");
        String replyTo = topic(replyTopic, ".replies");
        String routesFrom = topic(routesTopic, ".routes");
        String client = UUID.randomUUID().toString();
        Consumer<byte[], byte[]> replies = make(() ->
                new KafkaConsumer<>(consumerProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer()));
        try {
            int partition = ReplyPartition.assign(replies, replyTo, client, startTimeout, nanos);
            Producer<byte[], byte[]> requests = make(() ->
                    new KafkaProducer<>(producerProperties(), new ByteArraySerializer(), new ByteArraySerializer()));
            return new RemoraClient(new RemoraClient.Parts(
                    requests,
                    replies,
                    new PendingReplies(client, maxInFlight, executor),
                    new ClientMessages(invocations, partition),
                    new RouteLoop(routesFrom, this::routesConsumer),
                    timeout,
                    nanos,
                    threads(client)));
        } catch (RuntimeException e) {
            replies.close(CloseOptions.timeout(Duration.ZERO));
            throw e;
        }
    }

    private Consumer<byte[], byte[]> routesConsumer() {
        return new KafkaConsumer<>(routesProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private String topic(@Nullable String given, String suffix) {
        if (given == null && endpoint == null) {
            throw new RemoraException(
                    ErrorCode.BAD_REQUEST, "The client knows no endpoint.", "Give its name to endpoint(...).");
        }
        return given == null ? endpoint + suffix : given;
    }

    private static <T> T make(Supplier<T> connection) {
        try {
            return connection.get();
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RemoraException(
                    ErrorCode.BAD_REQUEST,
                    "Kafka refuses the client's properties: " + cause.getMessage(),
                    "Mend the property that the message names.",
                    e);
        }
    }

    Map<String, Object> consumerProperties() {
        Map<String, Object> all = new HashMap<>();
        // The system sizes what answers arrive in: beside a broker on the same machine, 64 KiB lose parts of them.
        all.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, CommonClientConfigs.RECEIVE_BUFFER_LOWER_BOUND);
        all.putAll(common);
        all.putAll(consumer);
        all.remove(ConsumerConfig.GROUP_ID_CONFIG);
        all.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // Only for when retention has passed us by: the nearest to where we were is the earliest there is.
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return all;
    }

    Map<String, Object> routesProperties() {
        Map<String, Object> all = consumerProperties();
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        all.computeIfPresent(ConsumerConfig.CLIENT_ID_CONFIG, (key, id) -> id + "-routes");
        return all;
    }

    Map<String, Object> producerProperties() {
        Map<String, Object> all = new HashMap<>(common);
        all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        all.putAll(producer);
        all.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
        return all;
    }

    private static ThreadFactory threads(String client) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "remora-client-" + client + '-' + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
