package dev.remora.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A Kafka broker with its controller in this process, on the loopback address. Its data stay in its folder: a broker
 * started there again has them all. Topics are not created by themselves. Thread-safe.
 */
public final class KafkaBroker implements AutoCloseable {
    private static final int ATTEMPTS = 4;
    private static final String CLIENTS = "PLAINTEXT";

    private final FolderLock lock;
    private final KafkaRaftServer server;
    private final int port;
    private boolean closed;

    private KafkaBroker(FolderLock lock, KafkaRaftServer server, int port) {
        this.lock = lock;
        this.server = server;
        this.port = port;
    }

    /** Starts a broker with the folder's data, or with none; blocks until it serves. */
    public static KafkaBroker start(Path folder) throws IOException {
        return start(Settings.in(folder));
    }

    /**
     * Starts a broker; blocks until it serves.
     *
     * @throws IOException when another one uses the folder, or it does not start
     */
    public static KafkaBroker start(Settings settings) throws IOException {
        // Two brokers on one folder corrupt it, and their own lock comes too late.
        FolderLock lock = FolderLock.take(settings.folder(), "kafka-broker");
        try {
            format(settings);
            return startWithFreePorts(settings, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Address for clients, {@code host:port}. */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** The port that clients reach it by. */
    public int port() {
        return port;
    }

    /** Stops it; blocks until its data are written. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        server.shutdown();
        server.awaitShutdown();
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KafkaBroker startWithFreePorts(Settings settings, FolderLock lock) throws IOException {
        RuntimeException last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // Between the look for a port and its use somebody else may take it: then look again.
            int port = Ports.freeOr(settings.port());
            KafkaRaftServer server =
                    new KafkaRaftServer(new KafkaConfig(properties(settings, port), false), Time.SYSTEM);
            try {
                server.startup();
                return new KafkaBroker(lock, server, port);
            } catch (RuntimeException e) {
                last = e;
                server.shutdown();
                server.awaitShutdown();
            }
        }
        throw new IOException("The Kafka broker does not start in " + settings.folder() + ": " + last, last);
    }

    private static void format(Settings settings) throws IOException {
        Path folder = settings.folder();
        if (Files.exists(folder.resolve("meta.properties"))) {
            return;
        }
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(1)
                .setDirectories(List.of(folder.toString()))
                .setMetadataLogDirectory(folder.toString())
                .setControllerListenerName("CONTROLLER");
        List<String> users = new ArrayList<>();
        settings.scramUsers()
                .forEach(
                        (user, password) -> users.add("SCRAM-SHA-256=[name=%s,password=%s]".formatted(user, password)));
        try {
            formatter.setScramArguments(users).run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Cannot format " + folder + " for Kafka", e);
        }
    }

    private static Properties properties(Settings settings, int port) {
        List<Listener> listeners = new ArrayList<>();
        listeners.add(new Listener(CLIENTS, "PLAINTEXT", port, settings.advertisedPort(port)));
        // The broker's calls to itself keep out of the way of proxies and of access lists.
        listeners.add(Listener.of("INTERNAL", "PLAINTEXT", Ports.free()));
        listeners.addAll(settings.listeners());
        int controllerPort = Ports.free();

        Properties properties = new Properties();
        properties.putAll(SMALL);
        properties.put("log.dirs", settings.folder().toString());
        properties.put("listeners", join(listeners, Listener::bound) + ",CONTROLLER://127.0.0.1:" + controllerPort);
        properties.put("advertised.listeners", join(listeners, Listener::advertised));
        properties.put("listener.security.protocol.map", join(listeners, Listener::mapped) + ",CONTROLLER:PLAINTEXT");
        properties.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        properties.putAll(settings.properties());
        return properties;
    }

    private static String join(List<Listener> listeners, Function<Listener, String> part) {
        return String.join(",", listeners.stream().map(part).toList());
    }

    /** One broker alone, quick to start and to notice a dead member. */
    private static final Map<String, String> SMALL = Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", "1"),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("inter.broker.listener.name", "INTERNAL"),
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("offsets.topic.num.partitions", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("transaction.state.log.num.partitions", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("share.coordinator.state.topic.num.partitions", "1"),
            Map.entry("share.coordinator.state.topic.replication.factor", "1"),
            Map.entry("share.coordinator.state.topic.min.isr", "1"),
            Map.entry("num.network.threads", "2"),
            Map.entry("num.io.threads", "2"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("group.min.session.timeout.ms", "1000"),
            Map.entry("group.consumer.min.heartbeat.interval.ms", "100"),
            Map.entry("group.consumer.heartbeat.interval.ms", "500"),
            Map.entry("group.consumer.min.session.timeout.ms", "1000"),
            Map.entry("group.consumer.session.timeout.ms", "6000"),
            Map.entry("group.consumer.assignment.interval.ms", "0"),
            Map.entry("log.cleaner.dedupe.buffer.size", "2097152"),
            Map.entry("broker.session.timeout.ms", "6000"),
            Map.entry("broker.heartbeat.interval.ms", "500"));

    /**
     * A further listener beside the plain one.
     *
     * @param name as the broker's properties call it
     * @param protocol PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
     * @param port that it listens on, of the loopback address
     * @param advertisedPort that clients are told, such as a proxy's
     */
    public record Listener(String name, String protocol, int port, int advertisedPort) {
        /** A listener that is reached directly. */
        public static Listener of(String name, String protocol, int port) {
            return new Listener(name, protocol, port, port);
        }

        String bound() {
            return name + "://127.0.0.1:" + port;
        }

        String advertised() {
            return name + "://127.0.0.1:" + advertisedPort;
        }

        String mapped() {
            return name + ":" + protocol;
        }
    }

    /**
     * How a broker is started. Immutable.
     *
     * @param folder its data
     * @param port wanted for clients, 0 for any; another one is taken when it is in use
     * @param advertised port that clients are told, 0 for the port itself
     * @param listeners beside the plain one
     * @param properties of the broker, over ours
     * @param scramUsers names and passwords for SCRAM-SHA-256, known from the first start on
     */
    public record Settings(
            Path folder,
            int port,
            int advertised,
            List<Listener> listeners,
            Map<String, String> properties,
            Map<String, String> scramUsers) {

        public Settings {
            listeners = List.copyOf(listeners);
            properties = Map.copyOf(properties);
            scramUsers = Map.copyOf(scramUsers);
        }

        /** Any port, nothing special. */
        public static Settings in(Path folder) {
            return new Settings(folder, 0, 0, List.of(), Map.of(), Map.of());
        }

        /** The same on this port, if it is free. */
        public Settings onPort(int wanted) {
            return new Settings(folder, wanted, advertised, listeners, properties, scramUsers);
        }

        /** The same, telling clients another port: a proxy's. */
        public Settings advertising(int proxyPort) {
            return new Settings(folder, port, proxyPort, listeners, properties, scramUsers);
        }

        /** The same with a further listener. */
        public Settings with(Listener listener) {
            List<Listener> more = new ArrayList<>(listeners);
            more.add(listener);
            return new Settings(folder, port, advertised, more, properties, scramUsers);
        }

        /** The same with a property. */
        public Settings with(String property, String value) {
            return new Settings(folder, port, advertised, listeners, and(properties, property, value), scramUsers);
        }

        /** The same with a user for SCRAM-SHA-256; only the first start in the folder reads it. */
        public Settings withUser(String name, String password) {
            return new Settings(folder, port, advertised, listeners, properties, and(scramUsers, name, password));
        }

        int advertisedPort(int bound) {
            return advertised == 0 ? bound : advertised;
        }

        private static Map<String, String> and(Map<String, String> map, String key, String value) {
            Map<String, String> more = new HashMap<>(map);
            more.put(key, value);
            return more;
        }
    }
}
