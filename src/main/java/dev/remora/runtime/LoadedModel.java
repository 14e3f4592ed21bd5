package dev.remora.runtime;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A model in memory. Thread-safe, but {@link #close} must come after the last {@link #run} has returned. */
public interface LoadedModel extends AutoCloseable {
    /** What it takes and gives. */
    Signature signature();

    /**
     * Bytes of memory that the model holds while it is idle, where that could be measured; empty where something else
     * disturbed the measurement or the platform allows none.
     */
    OptionalLong measuredBytes();

    /**
     * Runs the model. Blocks.
     *
     * @param inputs by name, in any order
     * @param outputs names of those wanted, in the order wanted; empty means all, in the model's order
     * @param limit how long it may take
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST} when the inputs do not fit the signature,
     *     {@link ErrorCode#MODEL_ERROR} when the model fails on them, {@link ErrorCode#DEADLINE_EXCEEDED} when it was
     *     stopped at the limit
     */
    List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit);

    /**
     * How many of so many requests that wait are best run in one call now: 1 where a batch gains nothing or could change an
     * answer. A model that does not say runs one at a time.
     */
    default int batch(int waiting) {
        return 1;
    }

    /**
     * Runs several requests in one call, each answered as it would be alone. Blocks.
     *
     * @param requests as many as {@link #batch} says
     * @param limit how long it may take
     * @return what each is answered, in their order; empty where they do not go together, or the call failed: then each is to
     *     be run alone, and told what is wrong with it
     */
    default Optional<Batch> runBatch(List<Request> requests, Duration limit) {
        return Optional.empty();
    }

    /** Frees its memory. */
    @Override
    void close();

    /**
     * What one request asks of the model, as in {@link #run}. Immutable.
     *
     * @param inputs by name, in any order
     * @param outputs names of those wanted; empty means all
     */
    record Request(List<Tensor> inputs, List<String> outputs) {}

    /**
     * What several requests were answered. Immutable.
     *
     * @param outputs of each request, in their order
     * @param size how many of them ran in the call that these outputs come from
     */
    record Batch(List<List<Tensor>> outputs, int size) {}
}
