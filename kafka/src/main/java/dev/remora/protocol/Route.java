package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions serve one hot model: a record of {@code <endpoint>.routes}, whose key is the model's name and whose
 * value is JSON. A model without a route is served by its home, the partition that its name gives. Immutable.
 *
 * @param model the model
 * @param partitionCount how many partitions the invocation topic had when the route was made; with any other count the
 *     route is void
 * @param partitions those that serve the model, its home first, none twice
 */
public record Route(ModelName model, int partitionCount, List<Integer> partitions) {
    private static final int VERSION = 1;
    private static final int MAX_PARTITIONS = 10_000;

    /**
     * Checks the route.
     *
     * @throws IllegalArgumentException when it begins elsewhere than at the model's home, names a partition twice or one
     *     that there is not
     */
    public Route {
        partitions = List.copyOf(partitions);
        boolean fromHome = partitionCount > 0
                && !partitions.isEmpty()
                && partitions.size() <= MAX_PARTITIONS
                && partitions.get(0) == ModelPartition.of(model, partitionCount);
        if (!fromHome || new HashSet<>(partitions).size() < partitions.size()) {
            throw new IllegalArgumentException("A route begins at its model's home and names no partition twice.");
        }
        for (int partition : partitions) {
            if (partition < 0 || partition >= partitionCount) {
                throw new IllegalArgumentException("A route leads to a partition that there is not: " + partition);
            }
        }
    }

    /** The route of a model that is not spread: its home alone. */
    public static Route home(ModelName model, int partitionCount) {
        return new Route(model, partitionCount, List.of(ModelPartition.of(model, partitionCount)));
    }

    /** The partition that the model's name gives. */
    public int home() {
        return partitions.get(0);
    }

    /** Whether it leads beyond the model's home. */
    public boolean isSpread() {
        return partitions.size() > 1;
    }

    /** Whether it still counts, now that the topic has so many partitions. */
    public boolean fits(int partitionsNow) {
        return partitionCount == partitionsNow;
    }

    /** The same route and one partition more, at its end. */
    public Route widened(int partition) {
        List<Integer> more = new ArrayList<>(partitions);
        more.add(partition);
        return new Route(model, partitionCount, more);
    }

    /** The same route without its last partition; the home stays. */
    public Route narrowed() {
        return isSpread() ? new Route(model, partitionCount, partitions.subList(0, partitions.size() - 1)) : this;
    }

    /** The key of its record. */
    public byte[] key() {
        return model.value().getBytes(StandardCharsets.UTF_8);
    }

    /** The value of its record. A route that is not spread can as well be written as no value at all. */
    public byte[] value() {
        ByteArrayBuilder out = new ByteArrayBuilder(64);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("version", VERSION);
            json.writeNumberField("partitionCount", partitionCount);
            json.writeArrayFieldStart("partitions");
            for (int partition : partitions) {
                json.writeNumber(partition);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    /**
     * Reads a record. Empty for one that takes the route back, and for one that we do not understand: of another version,
     * malformed, or impossible. Then the model is served from its home.
     */
    public static Optional<Route> read(byte @Nullable [] key, byte @Nullable [] value) {
        if (key == null || value == null) {
            return Optional.empty();
        }
        try (JsonParser json = Json.FACTORY.createParser(value)) {
            Fields fields = new Fields();
            fields.read(json);
            return fields.version == VERSION
                    ? Optional.of(new Route(
                            new ModelName(new String(key, StandardCharsets.UTF_8)),
                            fields.partitionCount,
                            fields.partitions))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException | RemoraException e) {
            return Optional.empty();
        }
    }

    /** What stands in a record, checked for its form only. */
    private static final class Fields {
        private int version;
        private int partitionCount;
        private final List<Integer> partitions = new ArrayList<>();

        /** Fields that we do not know are passed over: one that changes the meaning comes with a new version. */
        void read(JsonParser json) throws IOException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                switch (field) {
                    case "version" -> version = number(json, token);
                    case "partitionCount" -> partitionCount = number(json, token);
                    case "partitions" -> readPartitions(json, token);
                    default -> json.skipChildren();
                }
            }
        }

        private void readPartitions(JsonParser json, JsonToken token) throws IOException {
            if (token != JsonToken.START_ARRAY) {
                throw new IllegalArgumentException("The partitions are no array.");
            }
            for (JsonToken each = json.nextToken(); each != JsonToken.END_ARRAY; each = json.nextToken()) {
                partitions.add(number(json, each));
                if (partitions.size() > MAX_PARTITIONS) {
                    throw new IllegalArgumentException("There are too many partitions.");
                }
            }
        }

        private static int number(JsonParser json, @Nullable JsonToken token) throws IOException {
            if (token != JsonToken.VALUE_NUMBER_INT) {
                throw new IllegalArgumentException("A whole number is missing.");
            }
            return json.getIntValue();
        }
    }
}
