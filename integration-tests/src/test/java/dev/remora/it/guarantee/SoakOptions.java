package dev.remora.it.guarantee;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The command line of the soak. Immutable. */
final class SoakOptions {
    static final String USAGE = """
            Sends requests over many models while instances are killed, stopped and frozen, the broker is restarted and
            the store is spoiled; then checks that each request has its reply.

              --records N            requests, evenly over the time (20000)
              --minutes M            time in which they are sent (10)
              --kills K              SIGKILLs (5)
              --terminations N       SIGTERMs (1 for each 3 kills)
              --freezes N            SIGSTOPs beyond the session's end, then SIGCONT (2)
              --joins N              guests that come and leave (1)
              --broker-restarts N    (2)
              --more-partitions N    times that the topic of requests gets 2 partitions more (1)
              --store-faults N       down, truncating, corrupting, slow, overloaded, silent, delayed in turn (7)
              --instances N          to begin with, at most 6 (3)
              --models N             that answer; slow, failing, broken and missing ones come on top (200)
              --partitions N         of the topic of requests, to begin with (12)
              --seed S               of load and disturbances (1)
              --delivery MODE        exactly-once, or at-least-once, where doubled replies are counted only (exactly-once)
              --session-timeout S    seconds after which a silent instance is taken for dead (10, the product's own)
              --drain-minutes M      how long the last replies may take (5)
              --config KEY=VALUE     a setting of the instances, over the soak's; may be given again
              --folder PATH          for logs and data, deleted at the start
              --json FILE            where the report goes
            """;
    private static final List<String> NAMES = List.of(
            "records",
            "minutes",
            "kills",
            "terminations",
            "freezes",
            "joins",
            "broker-restarts",
            "more-partitions",
            "store-faults",
            "instances",
            "models",
            "partitions",
            "seed",
            "delivery",
            "session-timeout",
            "drain-minutes",
            "config",
            "folder",
            "json");

    private final Map<String, List<String>> values = new TreeMap<>();

    /** Reads the words; throws IllegalArgumentException with a sentence when they make no sense. */
    SoakOptions(String... words) {
        for (int i = 0; i < words.length; i += 2) {
            String name = words[i].startsWith("--") ? words[i].substring(2) : "";
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("Unknown option " + words[i]);
            }
            if (i + 1 == words.length) {
                throw new IllegalArgumentException("--" + name + " needs a value");
            }
            values.computeIfAbsent(name, n -> new ArrayList<>()).add(words[i + 1]);
        }
    }

    String text(String name, String otherwise) {
        String value = last(name);
        return value == null ? otherwise : value;
    }

    double number(String name, double otherwise) {
        String value = last(name);
        try {
            return value == null ? otherwise : Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " takes a number, not " + value, e);
        }
    }

    int count(String name, int otherwise) {
        return (int) number(name, otherwise);
    }

    /** Settings of the instances. */
    Map<String, String> config() {
        Map<String, String> config = new TreeMap<>();
        for (String setting : values.getOrDefault("config", List.of())) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("--config takes KEY=VALUE, not " + setting);
            }
            config.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return config;
    }

    private @Nullable String last(String name) {
        List<String> given = values.get(name);
        return given == null ? null : given.get(given.size() - 1);
    }
}
