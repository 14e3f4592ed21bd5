package dev.remora.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic of shapes. A declared size of -1 is any size. */
final class Shapes {
    private Shapes() {}

    /** A shape that a model declares with no dimensions may also be one of unknown rank: the runtime judges it. */
    static boolean matches(List<Long> declared, long[] shape) {
        if (declared.isEmpty()) {
            return true;
        }
        if (declared.size() != shape.length) {
            return false;
        }
        for (int i = 0; i < shape.length; i++) {
            long size = declared.get(i);
            if (size >= 0 && size != shape[i]) {
                return false;
            }
        }
        return true;
    }

    /** The declared shape with its one open size filled in so that it holds the elements, or null when none does. */
    static long @Nullable [] fill(List<Long> declared, long elements) {
        long[] shape = new long[declared.size()];
        int open = -1;
        long known = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = declared.get(i);
            if (shape[i] < 0) {
                if (open >= 0) {
                    return null;
                }
                open = i;
            } else {
                known *= shape[i];
            }
        }
        if (open >= 0 && known > 0 && elements % known == 0) {
            shape[open] = elements / known;
            return shape;
        }
        return open < 0 && known == elements ? shape : null;
    }

    /**
     * The shape of rows that came one by one: as they are if the model takes that, else as the model declares it (a bare
     * number for a row of one, a flat row for a matrix), else of a single row without a dimension for rows.
     */
    static long[] ofRows(TensorSpec spec, long rows, long[] row, Signature signature) {
        long[] natural = new long[row.length + 1];
        natural[0] = rows;
        System.arraycopy(row, 0, natural, 1, row.length);
        List<Long> declared = spec.shape();
        if (matches(declared, natural)) {
            return natural;
        }
        if (declared.get(0) < 0 || declared.get(0) == rows) {
            long[] filled = fill(declared.subList(1, declared.size()), product(row));
            if (filled != null) {
                long[] shape = new long[filled.length + 1];
                shape[0] = rows;
                System.arraycopy(filled, 0, shape, 1, filled.length);
                return shape;
            }
        }
        if (rows == 1 && matches(declared, row)) {
            return row;
        }
        throw SignatureCheck.wrongShape(spec, natural, signature);
    }

    static long product(long[] shape) {
        long product = 1;
        for (long size : shape) {
            product *= size;
        }
        return product;
    }
}
