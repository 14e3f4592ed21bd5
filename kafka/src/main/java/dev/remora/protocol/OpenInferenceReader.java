package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one body of the Open Inference Protocol V2. Confined to the thread that decodes. */
final class OpenInferenceReader {
    private static final int MAX_RANK = 64;
    private static final int UNSET = -1;

    private final byte[] bytes;
    private final int jsonLength;
    private final boolean hasRaw;
    private final List<Tensor> tensors = new ArrayList<>(4);
    private final List<String> outputs = new ArrayList<>(4);
    private final List<@Nullable Boolean> binary = new ArrayList<>(4);
    private int rawAt;
    private boolean allRaw = true;
    private boolean found;
    private boolean binaryByDefault;
    private @Nullable String id;

    /** One entry of {@code inputs} or {@code outputs} while its fields come in, in any order. */
    private static final class Entry {
        private @Nullable String name;
        private @Nullable DataType type;
        private long @Nullable [] shape;
        private long dataAt = UNSET;
        private long rawBytes = UNSET;
        private @Nullable Boolean binary;
        private @Nullable Tensor tensor;
    }

    OpenInferenceReader(byte[] bytes, int headerLength) {
        this.bytes = bytes;
        this.hasRaw = headerLength >= 0;
        this.jsonLength = hasRaw ? headerLength : bytes.length;
        this.rawAt = jsonLength;
    }

    List<Tensor> tensors() {
        return tensors;
    }

    WantedOutputs wanted() {
        return new WantedOutputs(List.copyOf(outputs), Collections.unmodifiableList(binary), binaryByDefault);
    }

    /** Whether a body with the same JSON, and as many raw bytes, says the same but for what these bytes are. */
    boolean isRepeatable() {
        return id == null && allRaw;
    }

    InferenceInput input(Signature signature) {
        return new InferenceInput(id, tensors, outputs, wanted().raw(signature));
    }

    /** Reads it all; the tensors are in the field of this name. */
    void read(String tensorsField) {
        try (JsonParser json = Json.FACTORY.createParser(bytes, 0, jsonLength)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw bad("The body must be a JSON object with '" + tensorsField + "'.");
            }
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                json.nextToken();
                readTop(json, field, tensorsField);
            }
            if (json.nextToken() != null) {
                throw bad("Something follows the JSON object; for raw tensors send the header"
                        + " 'Inference-Header-Content-Length'.");
            }
        } catch (IOException e) {
            throw Json.broken(e);
        }
        if (!found) {
            throw bad("The JSON has no '" + tensorsField + "' (nor 'instances').");
        }
        if (rawAt != bytes.length) {
            throw bad((bytes.length - rawAt) + " bytes after the JSON belong to no tensor.");
        }
    }

    private void readTop(JsonParser json, String field, String tensorsField) throws IOException {
        if (field.equals(tensorsField)) {
            if (found) {
                throw bad("'" + tensorsField + "' is there twice.");
            }
            found = true;
            readTensors(json, tensorsField);
        } else if (field.equals("outputs")) {
            readOutputs(json);
        } else if (field.equals("id")) {
            id = text(json, "id");
        } else if (field.equals("parameters")) {
            readParameters(json, null);
        } else {
            json.skipChildren();
        }
    }

    private void readTensors(JsonParser json, String field) throws IOException {
        expectArray(json, field);
        while (json.nextToken() != JsonToken.END_ARRAY) {
            tensors.add(tensor(readEntry(json, field)));
        }
    }

    private void readOutputs(JsonParser json) throws IOException {
        expectArray(json, "outputs");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Entry entry = readEntry(json, "outputs");
            if (entry.name == null) {
                throw bad("Each of 'outputs' needs a 'name'.");
            }
            outputs.add(entry.name);
            binary.add(entry.binary);
        }
    }

    private static void expectArray(JsonParser json, String field) {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw bad("'" + field + "' must be an array of objects with name, datatype, shape and data.");
        }
    }

    private Entry readEntry(JsonParser json, String list) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw bad("Each of '" + list + "' must be an object with name, datatype, shape and data.");
        }
        Entry entry = new Entry();
        for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
            json.nextToken();
            switch (field) {
                case "name" -> entry.name = text(json, "name");
                case "datatype" -> entry.type = type(text(json, "datatype"));
                case "shape" -> entry.shape = shape(json);
                case "parameters" -> readParameters(json, entry);
                case "data" -> readData(json, entry);
                default -> json.skipChildren();
            }
        }
        return entry;
    }

    private void readData(JsonParser json, Entry entry) throws IOException {
        allRaw = false;
        if (entry.name != null && entry.type != null && entry.shape != null) {
            entry.tensor = data(json, entry.name, entry.type, entry.shape);
        } else {
            entry.dataAt = json.currentTokenLocation().getByteOffset();
            json.skipChildren();
        }
    }

    private void readParameters(JsonParser json, @Nullable Entry entry) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
            JsonToken token = json.nextToken();
            boolean flag = token == JsonToken.VALUE_TRUE;
            if (entry == null && field.equals("binary_data_output")) {
                binaryByDefault = flag;
            } else if (entry != null && field.equals("binary_data")) {
                entry.binary = flag;
            } else if (entry != null && field.equals("binary_data_size")) {
                entry.rawBytes = size(json, token);
            }
            json.skipChildren();
        }
    }

    private static long size(JsonParser json, JsonToken token) throws IOException {
        long size = token == JsonToken.VALUE_NUMBER_INT ? json.getLongValue() : UNSET;
        if (size < 0) {
            throw bad("'binary_data_size' must be a whole number of bytes.");
        }
        return size;
    }

    private static String text(JsonParser json, String field) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw bad("'" + field + "' must be a string.");
        }
        return json.getText();
    }

    private static DataType type(String text) {
        for (DataType type : DataType.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw bad("'" + SignatureCheck.shown(text) + "' is no datatype; they are BOOL, UINT8 to UINT64, INT8 to INT64,"
                + " FP16, BF16, FP32, FP64 and BYTES.");
    }

    private static long[] shape(JsonParser json) throws IOException {
        long[] sizes = new long[MAX_RANK];
        int rank = 0;
        boolean array = json.currentToken() == JsonToken.START_ARRAY;
        while (array && json.nextToken() != JsonToken.END_ARRAY) {
            if (rank == MAX_RANK || json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
                array = false;
            } else {
                sizes[rank++] = json.getLongValue();
            }
        }
        if (!array) {
            throw bad("A 'shape' must be an array of at most " + MAX_RANK + " whole numbers, 0 or more.");
        }
        return Arrays.copyOf(sizes, rank);
    }

    private Tensor tensor(Entry entry) throws IOException {
        if (entry.tensor != null) {
            return entry.tensor;
        }
        if (entry.name == null || entry.type == null || entry.shape == null) {
            throw bad("A tensor needs 'name', 'datatype' and 'shape'; '" + SignatureCheck.shown("" + entry.name)
                    + "' lacks one of them.");
        }
        if (entry.rawBytes >= 0) {
            return raw(entry.name, entry.type, entry.shape, entry.rawBytes);
        }
        if (entry.dataAt < 0) {
            throw bad(
                    "The tensor '" + SignatureCheck.shown(entry.name) + "' has neither 'data' nor 'binary_data_size'.");
        }
        int at = (int) entry.dataAt;
        try (JsonParser json = Json.FACTORY.createParser(bytes, at, jsonLength - at)) {
            json.nextToken();
            return data(json, entry.name, entry.type, entry.shape);
        }
    }

    /** The next raw bytes, which are not copied. */
    private Tensor raw(String name, DataType type, long[] shape, long size) {
        if (!hasRaw) {
            throw bad("The tensor '" + SignatureCheck.shown(name)
                    + "' has a 'binary_data_size', but the header 'Inference-Header-Content-Length' is absent.");
        }
        if (size > bytes.length - rawAt) {
            throw bad("The tensor '" + SignatureCheck.shown(name) + "' should have " + size + " raw bytes; "
                    + (bytes.length - rawAt) + " are left.");
        }
        int at = rawAt;
        rawAt += (int) size;
        return Tensor.of(name, type, shape, ByteBuffer.wrap(bytes, at, (int) size));
    }

    /** JSON elements, nested as the shape says or flat. */
    private Tensor data(JsonParser json, String name, DataType type, long[] shape) throws IOException {
        long most = jsonLength / 2 + 1; // an element and its comma are two bytes
        TensorBuilder builder = new TensorBuilder(name, type, (int) Math.min(most, announced(shape)));
        NestedArrays nested = new NestedArrays(name, builder);
        nested.read(json);
        long[] came = nested.shape();
        boolean flat = came.length <= 1;
        if (!flat && !Arrays.equals(came, shape) || builder.count() != announced(shape)) {
            throw bad("The data of '" + SignatureCheck.shown(name) + "' has the shape " + Arrays.toString(came)
                    + ", but 'shape' says " + Arrays.toString(shape) + '.');
        }
        return builder.build(shape);
    }

    private static long announced(long[] shape) {
        long elements = 1;
        for (long size : shape) {
            elements = size != 0 && elements > Integer.MAX_VALUE / size ? Integer.MAX_VALUE : elements * size;
        }
        return elements;
    }

    private static RemoraException bad(String message) {
        return new RemoraException(ErrorCode.BAD_REQUEST, message);
    }
}
