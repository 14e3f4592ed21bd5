package dev.remora.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** Names and values on one line of text: how the processes of a benchmark talk. Immutable. */
record Fields(Map<String, String> values) {
    private static final String SEPARATOR = "\t";

    Fields {
        values = Map.copyOf(values);
    }

    static Fields none() {
        return new Fields(Map.of());
    }

    static Fields parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String field : line.split(SEPARATOR, -1)) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                values.put(field.substring(0, equals), field.substring(equals + 1));
            }
        }
        return new Fields(values);
    }

    /** The same with one more, over an older value. */
    Fields with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value.toString().replace('\n', ' ').replace('\t', ' '));
        return new Fields(more);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("No field " + name + " in " + values);
        }
        return value;
    }

    String text(String name, String other) {
        return values.getOrDefault(name, other);
    }

    double number(String name) {
        return Double.parseDouble(text(name));
    }

    int whole(String name) {
        return Integer.parseInt(text(name));
    }

    String line() {
        StringBuilder line = new StringBuilder();
        values.forEach((name, value) -> line.append(line.isEmpty() ? "" : SEPARATOR)
                .append(name)
                .append('=')
                .append(value));
        return line.toString();
    }
}
