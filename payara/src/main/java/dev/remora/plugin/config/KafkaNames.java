package dev.remora.plugin.config;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** What Kafka's own settings are called, and which of them are not for the operator to choose. Immutable. */
final class KafkaNames {
    /** One of Kafka's clients. */
    enum Client {
        CONSUMER(ConsumerConfig.configDef()),
        PRODUCER(ProducerConfig.configDef()),
        ADMIN(AdminClientConfig.configDef());

        private final ConfigDef definition;

        Client(ConfigDef definition) {
            this.definition = definition;
        }

        ConfigDef definition() {
            return definition;
        }

        boolean knows(String name) {
            return definition.names().contains(name);
        }

        /** How names begin that are for this client alone. */
        String prefix() {
            return name().toLowerCase(Locale.ROOT) + ".";
        }
    }

    private static final String PROGRESS = "progress is committed together with the replies.";
    private static final String NAMED =
            "it follows from remora.instance, so that an heir can tell whose work it takes.";
    private static final String WHOLE = "no reply may be lost or doubled.";
    private static final String BYTES = "records are read and written as bytes.";
    private static final Map<String, String> FIXED = Map.ofEntries(
            Map.entry("isolation.level", "a forward that was aborted must never be served."),
            Map.entry("enable.auto.commit", PROGRESS),
            Map.entry("auto.commit.interval.ms", PROGRESS),
            Map.entry("auto.offset.reset", "a new endpoint must not skip what was sent before it came."),
            Map.entry("allow.auto.create.topics", "Whether topics are created is said by remora.topics.create."),
            Map.entry("group.id", "it is remora.endpoint."),
            Map.entry("group.instance.id", NAMED),
            Map.entry("transactional.id", NAMED),
            Map.entry("transaction.timeout.ms", "it bounds how long a crash holds up the readers of replies."),
            Map.entry("acks", WHOLE),
            Map.entry("enable.idempotence", WHOLE),
            Map.entry("partitioner.class", "a reply goes where its request asked for it, else by its request's id."),
            Map.entry("key.serializer", BYTES),
            Map.entry("value.serializer", BYTES),
            Map.entry("key.deserializer", BYTES),
            Map.entry("value.deserializer", BYTES));

    private static final Set<String> ALL = names();
    private static final Map<String, String> BY_ENVIRONMENT = byEnvironment();

    private KafkaNames() {}

    /** Why the setting cannot be chosen, or null where it can. */
    static @Nullable String whyFixed(String name) {
        return FIXED.get(name);
    }

    /** What is fixed, with the reason, by name. */
    static Map<String, String> fixed() {
        return new TreeMap<>(FIXED);
    }

    static boolean knows(String name) {
        return ALL.contains(name);
    }

    static Set<String> all() {
        return ALL;
    }

    /** {@code CONSUMER_MAX_POLL_RECORDS} is {@code consumer.max.poll.records}. */
    static String fromEnvironment(String name) {
        for (var client : Client.values()) {
            var prefix = ConfigKey.environmentName(client.prefix());
            if (name.startsWith(prefix)) {
                return client.prefix() + dotted(name.substring(prefix.length()));
            }
        }
        return dotted(name);
    }

    static boolean isPassword(String name) {
        for (var client : Client.values()) {
            var key = client.definition().configKeys().get(name);
            if (key != null && key.type == ConfigDef.Type.PASSWORD) {
                return true;
            }
        }
        return Secrets.isSecret(name);
    }

    private static String dotted(String environmentName) {
        var plain = environmentName.toLowerCase(Locale.ROOT).replace('_', '.');
        return BY_ENVIRONMENT.getOrDefault(environmentName, plain);
    }

    private static Set<String> names() {
        var names = new TreeSet<String>();
        for (var client : Client.values()) {
            names.addAll(client.definition().names());
        }
        return names;
    }

    private static Map<String, String> byEnvironment() {
        var byEnvironment = new TreeMap<String, String>();
        ALL.forEach(name -> byEnvironment.put(ConfigKey.environmentName(name), name));
        return byEnvironment;
    }
}
