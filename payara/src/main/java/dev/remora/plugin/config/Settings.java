package dev.remora.plugin.config;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * All that was set of {@code remora.*}, by key. A source that lists its names raw, as the environment does, and one that
 * lists none at all are both read in full. Immutable.
 */
public final class Settings {
    static final String PREFIX = "remora.";
    static final String KAFKA = "remora.kafka.";
    private static final String ENVIRONMENT = "REMORA_";
    private static final String ENVIRONMENT_KAFKA = "REMORA_KAFKA_";

    // What Kubernetes puts into the environment of every pod beside a service whose name begins with "remora".
    private static final Pattern OF_A_SERVICE =
            Pattern.compile("REMORA.*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

    private final Map<String, Setting> byKey;
    private final Map<String, Setting> strangers;

    private Settings(Map<String, Setting> byKey, Map<String, Setting> strangers) {
        this.byKey = byKey;
        this.strangers = strangers;
    }

    /**
     * Collects them.
     *
     * @param names every name that the sources list, others than ours among them
     * @param lookup finds the value of a key, in all sources, as their order wants it
     */
    public static Settings collect(Iterable<String> names, Function<String, Optional<Setting>> lookup) {
        var known = ConfigKeys.all().stream().collect(Collectors.toMap(ConfigKey::environmentName, ConfigKey::name));
        var keys = new TreeSet<>(known.values());
        var unknown = new TreeSet<String>();
        for (var name : names) {
            if (name.startsWith(PREFIX)) {
                keys.add(name);
            } else if (name.startsWith(ENVIRONMENT_KAFKA) && !isOfAService(name) && !known.containsKey(name)) {
                keys.add(KAFKA + KafkaNames.fromEnvironment(name.substring(ENVIRONMENT_KAFKA.length())));
            } else if (name.startsWith(ENVIRONMENT) && !isOfAService(name) && !known.containsKey(name)) {
                unknown.add(name);
            }
        }
        return new Settings(lookUp(keys, lookup), lookUp(unknown, lookup));
    }

    /** The same with further ones, which hold where nothing else was set. */
    Settings withFallbacks(Map<String, Setting> fallbacks) {
        var all = new TreeMap<>(fallbacks);
        all.putAll(byKey);
        return new Settings(all, strangers);
    }

    Optional<Setting> find(ConfigKey<?> key) {
        return Optional.ofNullable(byKey.get(key.name()));
    }

    /** What passes through to Kafka, by the name behind {@code remora.kafka.}. */
    Map<String, Setting> kafka() {
        var known = knownKeys();
        var found = new TreeMap<String, Setting>();
        byKey.forEach((key, setting) -> {
            if (key.startsWith(KAFKA) && !known.contains(key)) {
                found.put(key.substring(KAFKA.length()), setting);
            }
        });
        return found;
    }

    /** What begins like ours and is no key, by its name. */
    Map<String, Setting> unknown() {
        var known = knownKeys();
        var found = new TreeMap<>(strangers);
        byKey.forEach((key, setting) -> {
            if (!key.startsWith(KAFKA) && !known.contains(key)) {
                found.put(key, setting);
            }
        });
        return found;
    }

    private static boolean isOfAService(String name) {
        return OF_A_SERVICE.matcher(name).matches();
    }

    private static Set<String> knownKeys() {
        var known = new HashSet<String>();
        ConfigKeys.all().forEach(key -> known.add(key.name()));
        return known;
    }

    // An empty value counts as none, as MicroProfile has it.
    private static Map<String, Setting> lookUp(Set<String> keys, Function<String, Optional<Setting>> lookup) {
        var found = new LinkedHashMap<String, Setting>();
        for (var key : keys) {
            lookup.apply(key)
                    .filter(setting ->
                            !setting.value().isBlank() || setting.missing().isPresent())
                    .ifPresent(setting -> found.put(key, setting));
        }
        return found;
    }
}
