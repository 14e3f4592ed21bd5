package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code application/json} as SageMaker's and TensorFlow Serving's users send it: {@code instances}, one row each, to
 * {@code predictions}. Thread-safe.
 */
final class InstancesJson implements PayloadCodec {
    static final String INSTANCES = "instances";

    @Override
    public Set<String> contentTypes() {
        return Set.of(MediaType.JSON);
    }

    @Override
    public InferenceInput decode(Invocation.Body body, Signature signature) {
        InstanceRows rows = new InstanceRows(signature);
        boolean found = false;
        try (JsonParser json = Json.FACTORY.createParser(body.bytes())) {
            json.nextToken();
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                if (!field.equals(INSTANCES)) {
                    json.skipChildren();
                } else if (found || token != JsonToken.START_ARRAY) {
                    throw bad("'instances' must be there once, and be an array.");
                } else {
                    found = true;
                    rows.read(json);
                }
            }
            if (json.nextToken() != null) {
                throw bad("Something follows the JSON object.");
            }
        } catch (IOException e) {
            throw Json.broken(e);
        }
        return new InferenceInput(null, rows.tensors(), List.of(), Set.of());
    }

    /** For one output an array of its rows, for several an array of objects keyed by the outputs' names. */
    @Override
    public EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType) {
        List<Tensor> outputs = answer.outputs();
        long rows = rows(outputs, "'predictions'");
        ElementWriter[] writers = outputs.stream().map(ElementWriter::of).toArray(ElementWriter[]::new);
        ByteArrayBuilder out = new ByteArrayBuilder(512);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeArrayFieldStart("predictions");
            for (long row = 0; row < rows; row++) {
                if (writers.length == 1) {
                    writeRow(json, writers[0], outputs.get(0).shape(), 1);
                } else {
                    json.writeStartObject();
                    for (int i = 0; i < writers.length; i++) {
                        json.writeFieldName(outputs.get(i).name());
                        writeRow(json, writers[i], outputs.get(i).shape(), 1);
                    }
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return new EncodedBody(MediaType.JSON, -1, out.toByteArray());
    }

    private static void writeRow(JsonGenerator json, ElementWriter elements, long[] shape, int level)
            throws IOException {
        if (level >= shape.length) {
            elements.write(json);
            return;
        }
        json.writeStartArray();
        for (long i = 0; i < shape[level]; i++) {
            writeRow(json, elements, shape, level + 1);
        }
        json.writeEndArray();
    }

    /** How many rows the outputs have in common; a scalar is one row. */
    static long rows(List<Tensor> outputs, String kind) {
        long rows = -1;
        for (Tensor output : outputs) {
            long[] shape = output.shape();
            long own = shape.length == 0 ? 1 : shape[0];
            if (rows >= 0 && own != rows) {
                throw new RemoraException(
                        ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                        "The outputs have no common number of rows, so " + kind + " cannot hold them.",
                        "Send a request of the Open Inference Protocol instead.");
            }
            rows = own;
        }
        return Math.max(rows, 0);
    }

    private static RemoraException bad(String message) {
        return new RemoraException(ErrorCode.BAD_REQUEST, message);
    }
}
