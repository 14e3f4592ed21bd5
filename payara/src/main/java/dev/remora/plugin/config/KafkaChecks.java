package dev.remora.plugin.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what is wrong with Kafka's own settings before a client of Kafka does. Confined to the thread that reads. */
final class KafkaChecks {
    private final List<Mistake> mistakes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    KafkaChecks(Map<String, Setting> settings) {
        settings.forEach(this::check);
    }

    List<Mistake> mistakes() {
        return mistakes;
    }

    List<String> warnings() {
        return warnings;
    }

    private void check(String written, Setting setting) {
        var client = clientOf(written);
        var name = client.map(one -> written.substring(one.prefix().length())).orElse(written);
        var key = Settings.KAFKA + written;
        var fixed = KafkaNames.whyFixed(name);
        if (fixed != null) {
            mistakes.add(Mistake.of(setting, key, "This is not for the operator to choose: " + fixed, "Take it out."));
        } else if (name.equals("bootstrap.servers")) {
            mistakes.add(Mistake.of(
                    setting, key, "All clients use the same brokers.", "Use remora.kafka.bootstrap.servers."));
        } else if (setting.missing().isPresent()) {
            setting.dangling(key).ifPresent(mistakes::add);
        } else if (client.map(one -> one.knows(name)).orElse(KafkaNames.knows(name))) {
            checkValue(client, name, key, setting);
        } else {
            warnings.add(key + ", from " + setting.source()
                    + ": Kafka knows no such setting; it is passed on, for a plug-in that may. "
                    + Nearest.question(name, KafkaNames.all(), "Take it out if none needs it."));
        }
    }

    private void checkValue(Optional<KafkaNames.Client> client, String name, String key, Setting setting) {
        for (var one : client.map(List::of).orElse(List.of(KafkaNames.Client.values()))) {
            var problem = one.knows(name) ? problemOf(one, name, setting.value()) : Optional.<String>empty();
            if (problem.isPresent()) {
                mistakes.add(Mistake.of(
                        setting, key, problem.get(), "Mend it as Kafka's documentation of " + name + " says."));
                return;
            }
        }
    }

    private static Optional<String> problemOf(KafkaNames.Client client, String name, String value) {
        for (var checked : client.definition().validate(Map.of(name, value))) {
            if (checked.name().equals(name) && !checked.errorMessages().isEmpty()) {
                // Kafka's words hold the value.
                return Optional.of(
                        KafkaNames.isPassword(name)
                                ? "Kafka does not take this value."
                                : checked.errorMessages().get(0));
            }
        }
        return Optional.empty();
    }

    private static Optional<KafkaNames.Client> clientOf(String written) {
        for (var client : KafkaNames.Client.values()) {
            if (written.startsWith(client.prefix())) {
                return Optional.of(client);
            }
        }
        return Optional.empty();
    }
}
