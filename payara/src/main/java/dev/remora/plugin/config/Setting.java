package dev.remora.plugin.config;

/**
 * One value as somebody wrote it. Immutable.
 *
 * @param name as written: {@code remora.memory.max} or {@code REMORA_MEMORY_MAX}
 * @param value the text, never empty
 * @param source where it was found, such as {@code Environment}
 */
public record Setting(String name, String value, String source) {}
