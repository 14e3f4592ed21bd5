package dev.remora.it.guarantee;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a verdict as JSON: figures, what was set, and each violation. */
final class Report {
    private Report() {}

    static void write(Verdict verdict, Path file) throws IOException {
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        try (JsonGenerator json =
                new JsonFactory().createGenerator(Files.newBufferedWriter(file, StandardCharsets.UTF_8))) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            write(json, "figures", verdict.figures());
            write(json, "settings", settings(verdict.plan()));
            json.writeArrayFieldStart("violations");
            for (Violation violation : verdict.violations()) {
                json.writeString(violation.toString());
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static Map<String, Object> settings(Plan plan) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("records", plan.records());
        settings.put("minutes", plan.over().toSeconds() / 60.0);
        settings.put("seed", plan.seed());
        settings.put("delivery", plan.delivery());
        settings.put("instances", plan.instances());
        settings.put("models", plan.models());
        settings.put("partitions", plan.partitions());
        settings.put("session_timeout_seconds", plan.sessionTimeout().toMillis() / 1e3);
        settings.put("disturbances", plan.disturbances().toString());
        settings.put("jdk", Runtime.version().toString());
        settings.put("processors", Runtime.getRuntime().availableProcessors());
        return settings;
    }

    private static void write(JsonGenerator json, String name, Map<String, Object> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Object> value : values.entrySet()) {
            json.writeFieldName(value.getKey());
            write(json, value.getValue());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Long || value instanceof Integer) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Optional<?> maybe && maybe.isPresent()) {
            write(json, maybe.get());
        } else if (value instanceof Optional) {
            json.writeNull();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                write(json, each);
            }
            json.writeEndArray();
        } else {
            json.writeString(value.toString());
        }
    }
}
