package dev.remora.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code text/csv}: a row of numbers for each instance of the one input; no header, no quotes. Thread-safe. */
final class CsvCodec implements PayloadCodec {
    private static final int MAX_FIELD_CHARS = 100;

    @Override
    public Set<String> contentTypes() {
        return Set.of(MediaType.CSV);
    }

    @Override
    public InferenceInput decode(Invocation.Body body, Signature signature) {
        if (signature.inputs().size() != 1 || signature.inputs().get(0).type() == DataType.BYTES) {
            throw SignatureCheck.wrongInput("CSV is for models with one input of numbers.", signature);
        }
        TensorSpec spec = signature.inputs().get(0);
        Rows rows = new Rows(new TensorBuilder(spec.name(), spec.type()));
        rows.read(body.bytes());
        long[] shape = Shapes.ofRows(spec, rows.count, new long[] {rows.columns}, signature);
        return new InferenceInput(null, List.of(rows.out.build(shape)), List.of(), Set.of());
    }

    /** Splits bytes into fields and rows. */
    private static final class Rows {
        private final TensorBuilder out;
        private final char[] field = new char[MAX_FIELD_CHARS];
        private int count;
        private int columns;

        Rows(TensorBuilder out) {
            this.out = out;
        }

        void read(byte[] bytes) {
            int start = 0;
            for (int at = 0; at <= bytes.length; at++) {
                if (at == bytes.length || bytes[at] == '\n') {
                    readRow(bytes, start, at);
                    start = at + 1;
                }
            }
            if (count == 0) {
                throw bad("The CSV has no rows.");
            }
        }

        private void readRow(byte[] bytes, int start, int end) {
            if (isBlank(bytes, start, end)) {
                return;
            }
            count++;
            int fields = 0;
            int from = start;
            for (int at = start; at <= end; at++) {
                if (at == end || bytes[at] == ',') {
                    fields++;
                    readField(bytes, from, at, fields);
                    from = at + 1;
                }
            }
            if (count > 1 && fields != columns) {
                throw bad("Row " + count + " has " + fields + " fields, the rows before it " + columns + '.');
            }
            columns = fields;
        }

        private void readField(byte[] bytes, int start, int end, int number) {
            int from = start;
            int to = end;
            while (from < to && isSpace(bytes[from])) {
                from++;
            }
            while (from < to && isSpace(bytes[to - 1])) {
                to--;
            }
            if (from == to) {
                throw bad("Field " + number + " of row " + count + " is empty; write NaN for a missing number.");
            }
            if (to - from > MAX_FIELD_CHARS) {
                throw bad("Field " + number + " of row " + count + " is longer than " + MAX_FIELD_CHARS + " bytes.");
            }
            for (int i = from; i < to; i++) {
                field[i - from] = (char) (bytes[i] & 0xFF);
            }
            out.add(field, 0, to - from);
        }

        private static boolean isBlank(byte[] bytes, int start, int end) {
            for (int i = start; i < end; i++) {
                if (!isSpace(bytes[i])) {
                    return false;
                }
            }
            return true;
        }

        private static boolean isSpace(byte b) {
            return b == ' ' || b == '\t' || b == '\r';
        }
    }

    /** A row for each instance; the columns of all outputs, in order. Strings are quoted where they must be. */
    @Override
    public EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType) {
        List<Tensor> outputs = answer.outputs();
        long rows = InstancesJson.rows(outputs, "CSV");
        ElementWriter[] writers = outputs.stream().map(ElementWriter::of).toArray(ElementWriter[]::new);
        long[] columns = outputs.stream().mapToLong(CsvCodec::columns).toArray();
        StringBuilder text = new StringBuilder();
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < writers.length; i++) {
                for (long column = 0; column < columns[i]; column++) {
                    text.append(i == 0 && column == 0 ? "" : ",");
                    writers[i].write(text);
                }
            }
            text.append('\n');
        }
        return new EncodedBody(MediaType.CSV, -1, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static long columns(Tensor tensor) {
        long[] shape = tensor.shape();
        return Shapes.product(Arrays.copyOfRange(shape, Math.min(1, shape.length), shape.length));
    }

    private static RemoraException bad(String message) {
        return new RemoraException(ErrorCode.BAD_REQUEST, message);
    }
}
