package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;

/**
 * Flattens JSON values that are nested alike, such as rows, in row-major order, and learns their shape on the way.
 * Confined to the thread that decodes.
 */
final class NestedArrays {
    private static final int UNKNOWN = -1;

    private final String name;
    private final TensorBuilder out;
    private long[] sizes = new long[4];
    private int rank = UNKNOWN;

    NestedArrays(String name, TensorBuilder out) {
        this.name = name;
        this.out = out;
        Arrays.fill(sizes, UNKNOWN);
    }

    /** The shape of each value that was read. */
    long[] shape() {
        return Arrays.copyOf(sizes, Math.max(rank, 0));
    }

    /** Reads the value that the parser stands on: an array, an array of arrays, or an element. */
    void read(JsonParser json) throws IOException {
        read(json, 0);
    }

    private void read(JsonParser json, int level) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            settleRank(level);
            out.add(json);
            return;
        }
        long size = 0;
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (token == JsonToken.START_ARRAY) {
                read(json, level + 1);
            } else {
                settleRank(level + 1);
                out.add(json);
            }
            size++;
        }
        if (size == 0 && rank == UNKNOWN) {
            rank = level + 1;
        }
        settleSize(level, size);
    }

    private void settleRank(int found) {
        if (rank == UNKNOWN) {
            rank = found;
        } else if (rank != found) {
            throw uneven();
        }
    }

    private void settleSize(int level, long size) {
        if (level >= sizes.length) {
            int before = sizes.length;
            sizes = Arrays.copyOf(sizes, Math.max(before * 2, level + 1));
            Arrays.fill(sizes, before, sizes.length, UNKNOWN);
        }
        if (sizes[level] == UNKNOWN) {
            sizes[level] = size;
        } else if (sizes[level] != size) {
            throw uneven();
        }
    }

    private RemoraException uneven() {
        return new RemoraException(
                ErrorCode.BAD_REQUEST,
                "The arrays of '" + SignatureCheck.shown(name) + "' are not nested evenly: all must have one length on"
                        + " each level.");
    }
}
