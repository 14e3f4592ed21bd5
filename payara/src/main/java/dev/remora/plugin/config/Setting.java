package dev.remora.plugin.config;

import java.util.Optional;

/**
 * One value as somebody wrote it. Immutable.
 *
 * @param name as written: {@code remora.memory.max} or {@code REMORA_MEMORY_MAX}
 * @param value the text, never empty
 * @param source where it was found, such as {@code Environment}
 * @param missing what the text refers to by <code>${name}</code> and is not set, if there is any
 */
public record Setting(String name, String value, String source, Optional<String> missing) {
    /** A text that refers to nothing else. */
    Setting(String name, String value, String source) {
        this(name, value, source, Optional.empty());
    }

    /** What is wrong with what it refers to. */
    Optional<Mistake> dangling(String key) {
        return missing.map(reference -> Mistake.of(
                this,
                key,
                "It refers to ${" + reference + "}, and nothing of this name is set.",
                "Set " + reference + ", or give it a default: ${" + reference + ":default}. For these very characters"
                        + " write a backslash before them."));
    }
}
