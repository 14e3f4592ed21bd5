package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is warm on a partition: a record of {@code <endpoint>.residency}, whose key is the partition's number as text and
 * whose value is JSON. A hint: whoever reads it checks everything it says. Immutable.
 *
 * @param partition of the invocation topic
 * @param partitionCount how many partitions that topic had
 * @param instance who had the partition
 * @param generation of the group at that time
 * @param writtenMillis when that was, in epoch milliseconds; heat fades from then on
 * @param models in use there, hottest first
 * @param demand of models that are spread: how much of what one instance can do their records took there
 * @param waiting of those models too: seconds of work that wait there, where the instance cannot keep up
 */
public record Residency(
        int partition,
        int partitionCount,
        String instance,
        int generation,
        long writtenMillis,
        List<Model> models,
        Map<ModelName, Double> demand,
        Map<ModelName, Double> waiting) {
    /** The most that one record takes, in bytes. */
    public static final int MAX_BYTES = 64 * 1024;

    private static final int VERSION = 1;
    /** Of the JSON around a model's name and version, and of all that is no model. */
    private static final int BESIDE_BYTES = 64;

    private static final int HEAD_BYTES = 512;

    public Residency {
        models = List.copyOf(models);
        demand = Map.copyOf(demand);
        waiting = Map.copyOf(waiting);
    }

    /**
     * One model. Immutable.
     *
     * @param model the model
     * @param version which version of it
     * @param heat how often it was used of late; it halves every ten minutes
     */
    public record Model(ModelName model, String version, double heat) {}

    /** The key of its record. */
    public byte[] key() {
        return utf8(Integer.toString(partition));
    }

    /** The value of its record, of at most {@link #MAX_BYTES}: the coldest models are left out where they do not fit. */
    public byte[] value() {
        ByteArrayBuilder out = new ByteArrayBuilder(1024);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("version", VERSION);
            json.writeNumberField("partitionCount", partitionCount);
            json.writeStringField("instance", instance);
            json.writeNumberField("generation", generation);
            json.writeNumberField("writtenMillis", writtenMillis);
            int left = MAX_BYTES - HEAD_BYTES - bytes(instance);
            left = writeFigures(json, "demand", demand, left);
            left = writeFigures(json, "waiting", waiting, left);
            writeModels(json, left);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    /** Returns what room is left then. */
    private static int writeFigures(JsonGenerator json, String field, Map<ModelName, Double> figures, int room)
            throws IOException {
        int left = room;
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, Double> each : sorted(figures).entrySet()) {
            left -= bytes(each.getKey()) + BESIDE_BYTES;
            if (left > 0) {
                json.writeNumberField(each.getKey(), each.getValue());
            }
        }
        json.writeEndObject();
        return left;
    }

    private void writeModels(JsonGenerator json, int room) throws IOException {
        int left = room;
        json.writeArrayFieldStart("models");
        for (Model each : models) {
            left -= bytes(each.model.value()) + bytes(each.version) + BESIDE_BYTES;
            if (left <= 0) {
                break;
            }
            json.writeStartObject();
            json.writeStringField("model", each.model.value());
            json.writeStringField("version", each.version);
            json.writeNumberField("heat", each.heat);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static Map<String, Double> sorted(Map<ModelName, Double> figures) {
        Map<String, Double> sorted = new TreeMap<>();
        figures.forEach((model, figure) -> sorted.put(model.value(), figure));
        return sorted;
    }

    /** What the text may take in JSON, where a character that is escaped takes six. */
    private static int bytes(String text) {
        int bytes = 2;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x20 || c == '"' || c == '\\' ? 6 : c < 0x80 ? 1 : 3;
        }
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a record. Empty for one that says nothing any more, and for one that we do not understand. */
    public static Optional<Residency> read(byte @Nullable [] key, byte @Nullable [] value) {
        if (key == null || value == null || value.length > MAX_BYTES) {
            return Optional.empty();
        }
        try (JsonParser json = Json.FACTORY.createParser(value)) {
            int partition = Integer.parseInt(new String(key, StandardCharsets.UTF_8));
            Fields fields = new Fields();
            fields.read(json);
            boolean known = fields.version == VERSION && partition >= 0 && fields.partitionCount > partition;
            return known ? Optional.of(fields.of(partition)) : Optional.empty();
        } catch (IOException | IllegalArgumentException | RemoraException e) {
            return Optional.empty();
        }
    }

    /** What stands in a record. Fields that we do not know are passed over. */
    private static final class Fields {
        private int version;
        private int partitionCount;
        private String instance = "";
        private int generation;
        private long writtenMillis;
        private final List<Model> models = new ArrayList<>();
        private final Map<ModelName, Double> demand = new TreeMap<>(Comparator.comparing(ModelName::value));
        private final Map<ModelName, Double> waiting = new TreeMap<>(Comparator.comparing(ModelName::value));

        Residency of(int partition) {
            return new Residency(
                    partition, partitionCount, instance, generation, writtenMillis, models, demand, waiting);
        }

        void read(JsonParser json) throws IOException {
            expect(json.nextToken(), JsonToken.START_OBJECT);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                switch (field) {
                    case "version" -> version = count(json, token);
                    case "partitionCount" -> partitionCount = count(json, token);
                    case "instance" -> instance = text(json, token);
                    case "generation" -> generation = count(json, token);
                    case "writtenMillis" -> writtenMillis = whole(json, token);
                    case "demand" -> readFigures(json, token, demand);
                    case "waiting" -> readFigures(json, token, waiting);
                    case "models" -> readModels(json, token);
                    default -> json.skipChildren();
                }
            }
        }

        private static void readFigures(JsonParser json, JsonToken token, Map<ModelName, Double> figures)
                throws IOException {
            expect(token, JsonToken.START_OBJECT);
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                figures.put(new ModelName(field), number(json, json.nextToken()));
            }
        }

        private void readModels(JsonParser json, JsonToken token) throws IOException {
            expect(token, JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.START_OBJECT) {
                String model = "";
                String ofModel = "";
                double heat = 0;
                for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                    JsonToken each = json.nextToken();
                    switch (field) {
                        case "model" -> model = text(json, each);
                        case "version" -> ofModel = text(json, each);
                        case "heat" -> heat = number(json, each);
                        default -> json.skipChildren();
                    }
                }
                models.add(new Model(new ModelName(model), ofModel, heat));
            }
        }

        private static String text(JsonParser json, @Nullable JsonToken token) throws IOException {
            expect(token, JsonToken.VALUE_STRING);
            return json.getText();
        }

        private static int count(JsonParser json, @Nullable JsonToken token) throws IOException {
            expect(token, JsonToken.VALUE_NUMBER_INT);
            return json.getIntValue();
        }

        private static long whole(JsonParser json, @Nullable JsonToken token) throws IOException {
            expect(token, JsonToken.VALUE_NUMBER_INT);
            return json.getLongValue();
        }

        private static double number(JsonParser json, @Nullable JsonToken token) throws IOException {
            double value = token != null && token.isNumeric() ? json.getDoubleValue() : Double.NaN;
            if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("A number is missing.");
            }
            return value;
        }

        private static void expect(@Nullable JsonToken token, JsonToken wanted) {
            if (token != wanted) {
                throw new IllegalArgumentException("There is something else than " + wanted + ".");
            }
        }
    }
}
