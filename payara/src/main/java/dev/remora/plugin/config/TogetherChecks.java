package dev.remora.plugin.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds values that are right each for itself and wrong together, or on this machine. Confined to one thread. */
final class TogetherChecks {
    private static final List<ConfigKey<String>> TOPICS = List.of(
            ConfigKeys.TOPIC_INVOCATIONS,
            ConfigKeys.TOPIC_REPLIES,
            ConfigKeys.TOPIC_DLQ,
            ConfigKeys.TOPIC_ROUTES,
            ConfigKeys.TOPIC_RESIDENCY);

    private final Values values;
    private final Map<ConfigKey<?>, Setting> given;
    private final Machine machine;
    private final List<Mistake> mistakes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    TogetherChecks(Values values, Map<ConfigKey<?>, Setting> given, Machine machine) {
        this.values = values;
        this.given = given;
        this.machine = machine;
        checkTopics();
        checkWindow();
        checkPins();
        values.find(ConfigKeys.DISK_PATH).ifPresent(this::checkFolder);
        values.find(ConfigKeys.MEMORY_MAX).ifPresent(this::checkMemory);
        checkReplies();
    }

    List<Mistake> mistakes() {
        return mistakes;
    }

    List<String> warnings() {
        return warnings;
    }

    private void checkTopics() {
        var byName = new HashMap<String, ConfigKey<String>>();
        for (var key : TOPICS) {
            values.find(key).ifPresent(name -> {
                var other = byName.putIfAbsent(name, key);
                if (other != null) {
                    mistakes.add(new Mistake(
                            key + " and " + other + " = \"" + name + '"',
                            "Two topics have the same name.",
                            "Give each a name of its own."));
                }
            });
        }
    }

    private void checkWindow() {
        long request = values.find(ConfigKeys.REQUEST_MAX_BYTES).orElse(0L);
        long window = values.find(ConfigKeys.LOOKAHEAD_BYTES).orElse(Long.MAX_VALUE);
        if (request > window) {
            mistakes.add(new Mistake(
                    ConfigKeys.REQUEST_MAX_BYTES + " = " + ByteSize.exact(request) + ", " + ConfigKeys.LOOKAHEAD_BYTES
                            + " = " + ByteSize.exact(window),
                    "The largest payload does not fit the window.",
                    "Raise " + ConfigKeys.LOOKAHEAD_BYTES + ", or lower " + ConfigKeys.REQUEST_MAX_BYTES + "."));
        }
    }

    private void checkPins() {
        boolean pins =
                values.find(ConfigKeys.POOL_PIN).filter(list -> !list.isEmpty()).isPresent();
        if (pins && !values.find(ConfigKeys.POOL_CACHE).orElse(true)) {
            mistakes.add(new Mistake(
                    ConfigKeys.POOL_PIN + ", " + ConfigKeys.POOL_CACHE + " = false",
                    "What is pinned stays in memory, and without a cache nothing does.",
                    "Take one of the two out."));
        }
    }

    private void checkFolder(Path folder) {
        try {
            machine.roomBytes(folder);
        } catch (IOException e) {
            mistakes.add(new Mistake(
                    ConfigKeys.DISK_PATH + " = \"" + folder + '"',
                    "This folder cannot be made or written to (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + ").",
                    "Let the user that runs the server write there, or name another folder."));
        }
    }

    private void checkMemory(long models) {
        long all = models + machine.maxHeapBytes();
        if (given.containsKey(ConfigKeys.MEMORY_MAX) && all > machine.memoryBytes()) {
            warnings.add(ConfigKeys.MEMORY_MAX + " and the largest heap (-Xmx) are together "
                    + ByteSize.rounded(all) + ", more than the " + ByteSize.rounded(machine.memoryBytes())
                    + " that this machine or container has: the system may kill the process. Lower one of them.");
        }
    }

    private void checkReplies() {
        var allowed = values.find(ConfigKeys.REPLY_ALLOWED);
        for (var key : TOPICS) {
            var name = values.find(key);
            if (key != ConfigKeys.TOPIC_REPLIES
                    && allowed.isPresent()
                    && name.isPresent()
                    && allowed.get().matcher(name.get()).matches()) {
                warnings.add(ConfigKeys.REPLY_ALLOWED + " matches " + name.get() + " (" + key
                        + "), which stays forbidden for replies.");
            }
        }
    }

    /** The values that could be read. */
    @FunctionalInterface
    interface Values {
        <T> Optional<T> find(ConfigKey<T> key);
    }
}
