package dev.remora.spread;

import dev.remora.intake.Intake;
import dev.remora.pool.ModelPool;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.ReplySender;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The control thread: keeps the routes current, and does what has time. Serving never waits for it. Thread-safe.
 */
public final class Control implements AutoCloseable {
    private static final Duration CLOSE = Duration.ofSeconds(3);
    private static final Duration INTERRUPTED = Duration.ofSeconds(1);
    private static final int CALL_MILLIS = 5_000;
    private static final int WRITE_MILLIS = 2_000;

    private final ControlLoop loop;
    private final Spreader spreader;
    private final Thread thread;

    private Control(ControlLoop loop, Spreader spreader, ThreadFactory threads) {
        this.loop = loop;
        this.spreader = spreader;
        this.thread = threads.newThread(loop);
        thread.setName("remora-control");
    }

    /** Starts the thread. Brokers that are away are waited for on it. */
    public static Control start(SpreadSettings settings, Connections connections, Parts parts) {
        String client = settings.endpoint() + "-" + settings.instance() + "-control";
        Map<String, Object> consumer = connections.reader(client);
        Map<String, Object> admin = connections.admin(client);
        Supplier<Consumer<byte[], byte[]>> consumers = () -> new KafkaConsumer<>(consumer);
        Follower routes = new Follower(settings.routes(), consumers, parts.routes(), parts.nanos());
        Warmth warmth = warmth(settings, connections, parts, client);
        InstanceSurroundings around = new InstanceSurroundings(settings, parts, warmth.table());
        Spreader spreader = new Spreader(settings, parts.routes(), around, parts.nanos());
        List<Chore> chores = new ArrayList<>(List.of(spreader));
        chores.addAll(warmth.chores());
        ControlLoop loop =
                new ControlLoop(List.of(routes, warmth.follower()), chores, () -> Admin.create(admin), parts.nanos());
        Control control = new Control(loop, spreader, parts.threads());
        control.thread.start();
        return control;
    }

    private static Warmth warmth(SpreadSettings settings, Connections connections, Parts parts, String client) {
        Map<String, Object> consumer = connections.reader(client + "-residency");
        Warmth.Parts around = new Warmth.Parts(
                parts.intake()::ownership, parts.intake()::standing, parts.pool(), parts.routes(), parts.clock());
        return Warmth.of(
                settings, connections.writer(client), () -> new KafkaConsumer<>(consumer), around, parts.nanos());
    }

    /** How many models are spread whose home is here. */
    public int spreadModels() {
        return spreader.spreadModels();
    }

    /** Tells the others a last time what is here, and ends the thread. Blocks, for some seconds at most. */
    @Override
    public void close() {
        loop.stop();
        try {
            thread.join(CLOSE.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(INTERRUPTED.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Properties of Kafka's clients, where the brokers are among them. Immutable.
     *
     * @param admin for those that ask
     * @param consumer for those that read
     * @param producer for those that write
     */
    public record Connections(Map<String, Object> admin, Map<String, Object> consumer, Map<String, Object> producer) {
        private static final Set<String> OF_A_GROUP = Set.of(
                ConsumerConfig.GROUP_ID_CONFIG,
                ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG,
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG);

        public Connections {
            admin = Map.copyOf(admin);
            consumer = Map.copyOf(consumer);
            producer = Map.copyOf(producer);
        }

        /** Of a consumer without a group that reads a table. */
        Map<String, Object> reader(String client) {
            Map<String, Object> all = new HashMap<>();
            all.put(ConsumerConfig.CLIENT_ID_CONFIG, client);
            all.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, CALL_MILLIS);
            all.putAll(consumer);
            all.keySet().removeAll(OF_A_GROUP);
            all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
            all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
            all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
            all.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
            all.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
            return all;
        }

        /** Of a producer of hints, which gives up soon. */
        Map<String, Object> writer(String client) {
            Map<String, Object> all = new HashMap<>();
            all.put(ProducerConfig.CLIENT_ID_CONFIG, client);
            all.putAll(producer);
            all.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
            all.put(ProducerConfig.ACKS_CONFIG, "all");
            all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
            all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, WRITE_MILLIS);
            all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, WRITE_MILLIS);
            all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, WRITE_MILLIS);
            all.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
            all.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
            return all;
        }

        /** Of a client whose calls end soon. */
        Map<String, Object> admin(String client) {
            Map<String, Object> all = new HashMap<>(admin);
            all.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, client);
            all.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, CALL_MILLIS);
            all.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, CALL_MILLIS);
            return all;
        }
    }

    /**
     * What it stands on; none of it is closed by it. Immutable.
     *
     * @param routes is kept current
     * @param intake what is measured, and spread
     * @param replies the way out
     * @param pool what is warm, and becomes so
     * @param threads makes the control thread
     * @param clock for the age of what others say
     * @param nanos for durations
     */
    public record Parts(
            RouteTable routes,
            Intake intake,
            ReplySender replies,
            ModelPool pool,
            ThreadFactory threads,
            Clock clock,
            LongSupplier nanos) {}
}
