package dev.remora.runtime;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import java.time.Duration;
import java.util.List;
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

    /** Frees its memory. */
    @Override
    void close();
}
