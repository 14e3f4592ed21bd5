package dev.remora.runtime;

import dev.remora.protocol.DataType;
import dev.remora.protocol.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What has been seen of one model's batches, of requests with inputs of the same shapes that want the same outputs: whether they
 * change answers, and which of them are quicker. Thread-safe.
 */
final class Evidence {
    /** So many batches must have been equal before as many requests are trusted to run together. */
    private static final int PROOFS = 3;

    /** The longest that batches go unchecked. */
    private static final int LONGEST_TRUST = 1024;

    /** A batch that takes more than this share of what its requests take alone is not worth the wait for each other. */
    private static final double GAIN = 0.9;

    /** To check a batch takes as long as its requests take alone: more are not run together where that is longer. */
    private static final long LONGEST_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(6);

    /** After so many calls in a row that failed, batches prove themselves anew, from two on. */
    private static final int FAILURES = 8;

    private final BitSet varied = new BitSet();
    private List<Output> outputs = List.of();
    private int most;

    /** How many requests are known to run together well; twice as many are tried next. */
    private int trusted = 1;

    private int proofs;
    private long aloneNanos = Long.MAX_VALUE;
    private long togetherNanos = Long.MAX_VALUE;
    private long batches;
    private long nextCheck = 1;
    private int failures;

    /** @param requests in one batch at most */
    Evidence(int requests) {
        most = Integer.highestOneBit(requests);
    }

    /** How many of so many requests to run in one call next, a power of two. */
    synchronized int size(int waiting) {
        int limit = Math.min(trusted * 2, most);
        return Integer.highestOneBit(Math.max(1, Math.min(waiting, limit)));
    }

    /**
     * Whether a batch of this size is to be run both ways. Asked once for each batch.
     *
     * @param differing which inputs differ among its requests
     */
    synchronized boolean due(int requests, BitSet differing) {
        BitSet news = (BitSet) differing.clone();
        news.andNot(varied);
        if (requests > trusted || !news.isEmpty()) {
            return true;
        }
        batches++;
        if (batches < nextCheck) {
            return false;
        }
        nextCheck = batches + Math.min(batches, LONGEST_TRUST);
        return true;
    }

    /** What the outputs of one request look like; empty where nothing is known. */
    synchronized List<Output> outputs() {
        return outputs;
    }

    /** Learns that from what a request gave alone, and a batch with it. False where it cannot be, or was otherwise before. */
    synchronized boolean learn(List<Tensor> alone, List<Tensor> together, int requests) {
        List<Output> seen = new ArrayList<>();
        for (int i = 0; i < alone.size(); i++) {
            long[] shape = alone.get(i).shape();
            int axis = grown(shape, together.get(i).shape(), requests);
            if (axis < 0 || alone.get(i).type() == DataType.BYTES) {
                return false;
            }
            seen.add(new Output(axis, shape));
        }
        if (outputs.isEmpty()) {
            outputs = List.copyOf(seen);
        }
        return outputs.equals(seen);
    }

    /** The one dimension that is so many times as large; -1 where it is not just one. */
    private static int grown(long[] alone, long[] together, int times) {
        int axis = -1;
        for (int i = 0; i < alone.length && alone.length == together.length; i++) {
            boolean same = alone[i] == together[i];
            if (!same && (axis >= 0 || alone[i] == 0 || together[i] != alone[i] * times)) {
                return -1;
            }
            axis = same ? axis : i;
        }
        return axis;
    }

    /**
     * A batch gave what its requests gave alone.
     *
     * @param differing which inputs differed among its requests
     */
    synchronized void proved(int requests, BitSet differing, long alone, long together) {
        failures = 0;
        varied.or(differing);
        if (requests != trusted * 2 || requests > most) {
            return;
        }
        proofs++;
        aloneNanos = Math.min(aloneNanos, alone);
        togetherNanos = Math.min(togetherNanos, together);
        if (proofs < PROOFS) {
            return;
        }
        boolean gains = togetherNanos <= aloneNanos * GAIN;
        trusted = gains ? requests : trusted;
        most = gains && aloneNanos * 2 <= LONGEST_CHECK_NANOS ? most : trusted;
        forgetProofs();
    }

    /** A trusted batch ran. */
    synchronized void ran() {
        failures = 0;
    }

    /** A call failed, as it may for one of its requests. */
    synchronized void failed() {
        failures++;
        if (failures >= FAILURES) {
            failures = 0;
            trusted = 1;
            forgetProofs();
        }
    }

    private void forgetProofs() {
        proofs = 0;
        aloneNanos = Long.MAX_VALUE;
        togetherNanos = Long.MAX_VALUE;
    }

    /**
     * What one request's output looks like. Immutable.
     *
     * @param axis along which a batch holds those of its requests
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below
    record Output(int axis, long[] shape) {
        /** Whether this is one of a batch of so many. */
        boolean isOf(Tensor whole, int requests) {
            long[] expected = shape.clone();
            expected[axis] *= requests;
            return Arrays.equals(expected, whole.shape());
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Output that && axis == that.axis && Arrays.equals(shape, that.shape);
        }

        @Override
        public int hashCode() {
            return axis + 31 * Arrays.hashCode(shape);
        }
    }
}
