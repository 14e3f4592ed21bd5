package dev.remora.plugin.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the operator set of Kafka's own settings, brokers included. Immutable.
 *
 * @param byClient for each of Kafka's clients: {@code consumer}, {@code producer}, {@code admin}
 */
public record KafkaSettings(Map<String, Map<String, Object>> byClient) {
    public KafkaSettings {
        byClient = Map.copyOf(byClient);
    }

    /** For consumers. */
    public Map<String, Object> consumer() {
        return byClient.getOrDefault(KafkaNames.Client.CONSUMER.prefix(), Map.of());
    }

    /** For producers. */
    public Map<String, Object> producer() {
        return byClient.getOrDefault(KafkaNames.Client.PRODUCER.prefix(), Map.of());
    }

    /** For the admin client. */
    public Map<String, Object> admin() {
        return byClient.getOrDefault(KafkaNames.Client.ADMIN.prefix(), Map.of());
    }

    /** Hands each client what is for it; what no client of Kafka knows may be a plug-in's and goes to all. */
    static KafkaSettings of(String brokers, Map<String, Setting> settings) {
        var byClient = new HashMap<String, Map<String, Object>>();
        for (var client : KafkaNames.Client.values()) {
            var own = new TreeMap<String, Object>();
            settings.forEach((name, setting) -> {
                if (isFor(client, name)) {
                    own.put(name, setting.value());
                }
            });
            settings.forEach((name, setting) -> {
                if (name.startsWith(client.prefix())) {
                    own.put(name.substring(client.prefix().length()), setting.value());
                }
            });
            own.put("bootstrap.servers", brokers);
            byClient.put(client.prefix(), Map.copyOf(own));
        }
        return new KafkaSettings(byClient);
    }

    private static boolean isFor(KafkaNames.Client client, String name) {
        var ofOne = List.of(KafkaNames.Client.values()).stream().anyMatch(each -> name.startsWith(each.prefix()));
        return !ofOne && (client.knows(name) || !KafkaNames.knows(name));
    }
}
