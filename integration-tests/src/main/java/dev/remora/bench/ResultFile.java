package dev.remora.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The results as JSON: {@code figures} are numbers by name, {@code ranges} their least and most over the rounds,
 * {@code settings} what they were measured with, {@code failed} the benchmarks that gave none,
 * {@code skipped} those that could not be run here, each with the reason. Immutable.
 */
record ResultFile(
        Map<String, Report.Figure> figures,
        Map<String, String> settings,
        Map<String, String> failed,
        Map<String, String> skipped) {
    private static final JsonFactory JSON = new JsonFactory();

    void write(Path file) throws IOException {
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        try (JsonGenerator json = JSON.createGenerator(Files.newBufferedWriter(file))) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeObjectFieldStart("figures");
            for (Map.Entry<String, Report.Figure> figure : figures.entrySet()) {
                json.writeNumberField(figure.getKey(), figure.getValue().value());
            }
            json.writeEndObject();
            writeRanges(json);
            writeTexts(json, "settings", settings);
            writeTexts(json, "failed", failed);
            writeTexts(json, "skipped", skipped);
            json.writeEndObject();
        }
    }

    private void writeRanges(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("ranges");
        for (Map.Entry<String, Report.Figure> figure : figures.entrySet()) {
            json.writeArrayFieldStart(figure.getKey());
            json.writeNumber(figure.getValue().least());
            json.writeNumber(figure.getValue().most());
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void writeTexts(JsonGenerator json, String name, Map<String, String> texts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> text : texts.entrySet()) {
            json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
    }

    /** Reads what {@link #write} wrote. */
    static ResultFile read(Path file) throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        Map<String, Report.Figure> figures = new LinkedHashMap<>();
        Map<String, String> settings = new LinkedHashMap<>();
        Map<String, String> failed = new LinkedHashMap<>();
        Map<String, String> skipped = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(file.toFile())) {
            json.nextToken();
            for (String part = json.nextFieldName(); part != null; part = json.nextFieldName()) {
                json.nextToken();
                for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                    JsonToken token = json.nextToken();
                    switch (part) {
                        case "figures" -> values.put(name, json.getDoubleValue());
                        case "ranges" -> figures.put(name, figure(json, values.getOrDefault(name, Double.NaN)));
                        case "settings" -> settings.put(name, json.getText());
                        case "failed" -> failed.put(name, json.getText());
                        default -> skipped.put(name, json.getText());
                    }
                    if (token.isStructStart()) {
                        json.skipChildren();
                    }
                }
            }
        }
        return new ResultFile(figures, settings, failed, skipped);
    }

    private static Report.Figure figure(JsonParser json, double value) throws IOException {
        json.nextToken();
        double least = json.getDoubleValue();
        json.nextToken();
        double most = json.getDoubleValue();
        json.nextToken();
        return new Report.Figure(value, least, most);
    }
}
