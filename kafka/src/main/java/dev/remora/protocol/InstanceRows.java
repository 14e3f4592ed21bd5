package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Gathers the rows of {@code instances} into one tensor for each input. Confined to the thread that decodes. */
final class InstanceRows {
    private final Signature signature;
    private final List<Column> columns = new ArrayList<>(4);
    private int rows;
    private int next;

    /** What the rows bring for one input. */
    private static final class Column {
        private final TensorSpec spec;
        private final TensorBuilder out;
        private final NestedArrays values;
        private int rows;

        Column(TensorSpec spec) {
            this.spec = spec;
            this.out = new TensorBuilder(spec.name(), spec.type());
            this.values = new NestedArrays(spec.name(), out);
        }

        void read(JsonParser json) throws IOException {
            values.read(json);
            rows++;
        }
    }

    InstanceRows(Signature signature) {
        this.signature = signature;
        signature.inputs().forEach(spec -> columns.add(new Column(spec)));
    }

    /** Reads the array that the parser stands at the start of. */
    void read(JsonParser json) throws IOException {
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            rows++;
            if (token == JsonToken.START_OBJECT) {
                readKeyed(json);
            } else if (columns.size() == 1) {
                columns.get(0).read(json);
            } else {
                throw SignatureCheck.wrongInput(
                        "Each of 'instances' must be an object keyed by the inputs' names.", signature);
            }
        }
    }

    private void readKeyed(JsonParser json) throws IOException {
        next = 0;
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            Column column = column(name);
            column.read(json);
            if (column.rows != rows) {
                throw uneven(column);
            }
        }
        for (Column column : columns) {
            if (column.rows != rows) {
                throw uneven(column);
            }
        }
    }

    /** Rows mostly name the inputs in one and the same order: look first where the last one leads to. */
    private Column column(String name) {
        Column likely = columns.isEmpty() ? null : columns.get(next % columns.size());
        next++;
        if (likely != null && likely.spec.name().equals(name)) {
            return likely;
        }
        for (Column column : columns) {
            if (column.spec.name().equals(name)) {
                return column;
            }
        }
        throw SignatureCheck.wrongInput("The model has no input '" + SignatureCheck.shown(name) + "'.", signature);
    }

    private RemoraException uneven(Column column) {
        return SignatureCheck.wrongInput(
                "Instance " + rows + " must have the input '" + column.spec.name() + "' exactly once.", signature);
    }

    /** One tensor for each input. */
    List<Tensor> tensors() {
        if (rows == 0) {
            throw new RemoraException(ErrorCode.BAD_REQUEST, "'instances' is absent or empty.");
        }
        List<Tensor> tensors = new ArrayList<>(columns.size());
        for (Column column : columns) {
            long[] shape = Shapes.ofRows(column.spec, rows, column.values.shape(), signature);
            tensors.add(column.out.build(shape));
        }
        return tensors;
    }
}
