package dev.remora.runtime;

import dev.remora.protocol.DataType;
import dev.remora.protocol.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What has been seen of one model's batches: whether they change answers, and which of them are quicker. Thread-safe. */
final class Evidence {
    /** So many batches must have been equal before larger ones are tried. */
    private static final int PROOFS = 3;

    /** The longest that batches go unchecked, in batches of one size. */
    private static final int LONGEST_TRUST = 1024;

    /** A batch that takes more than this share of what its requests take alone is not worth the wait for each other. */
    private static final double GAIN = 0.9;

    private int most;
    private final Map<Integer, Size> sizes = new HashMap<>();
    private final Map<String, Integer> axes = new HashMap<>();
    private int limit;

    /** @param requests in one batch at most */
    Evidence(int requests) {
        most = Integer.highestOneBit(requests);
        limit = Math.min(2, most);
    }

    /** How many of so many requests to run in one call next. */
    synchronized int size(int waiting) {
        return Math.max(1, Math.min(waiting, limit));
    }

    /** Whether a batch of this size is to be run both ways. Asked once for each batch. */
    synchronized boolean due(int requests) {
        return sizes.computeIfAbsent(requests, Size::new).due();
    }

    /** The axis along which an output holds the requests' own, or -1. */
    synchronized int axis(String output) {
        return axes.getOrDefault(output, -1);
    }

    /** Finds that axis for each output. False where there is none, or another one than before. */
    synchronized boolean learnAxes(List<Tensor> alone, List<Tensor> together, int requests) {
        for (int i = 0; i < alone.size(); i++) {
            Tensor one = alone.get(i);
            int axis = grown(one.shape(), together.get(i).shape(), requests);
            Integer known = axis < 0 || one.type() == DataType.BYTES ? null : axes.putIfAbsent(one.name(), axis);
            if (axis < 0 || one.type() == DataType.BYTES || known != null && known != axis) {
                return false;
            }
        }
        return true;
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

    /** A batch gave what its requests gave alone. */
    synchronized void equal(int requests, long aloneNanos, long togetherNanos) {
        Size size = sizes.computeIfAbsent(requests, Size::new);
        size.proved(aloneNanos, togetherNanos);
        if (size.proofs < PROOFS || requests < limit) {
            return;
        }
        if (!size.gains()) {
            most = Math.max(1, requests / 2);
        }
        limit = Math.min(requests * 2, most);
    }

    /** A batch changed an answer, or came out in another shape: there are no more. */
    synchronized void refuse() {
        limit = 1;
    }

    private static final class Size {
        /** Twice as many as were tried before need more proof than a size in between. */
        private final int needed;

        private int proofs;
        private int batches;
        private int nextCheck = PROOFS;
        private long aloneNanos = Long.MAX_VALUE;
        private long togetherNanos = Long.MAX_VALUE;

        Size(int requests) {
            needed = Integer.bitCount(requests) == 1 ? PROOFS : 1;
        }

        boolean due() {
            batches++;
            if (proofs < needed) {
                return true;
            }
            if (batches >= nextCheck) {
                nextCheck = batches + Math.min(batches, LONGEST_TRUST);
                return true;
            }
            return false;
        }

        void proved(long alone, long together) {
            proofs++;
            aloneNanos = Math.min(aloneNanos, alone);
            togetherNanos = Math.min(togetherNanos, together);
        }

        boolean gains() {
            return togetherNanos <= aloneNanos * GAIN;
        }
    }
}
