package dev.remora.runtime;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Loads one kind of model. Thread-safe. A user's own runtime joins ours as a CDI bean, or as a {@code ServiceLoader}
 * provider.
 */
public interface InferenceRuntime extends AutoCloseable {
    /** A short name for logs and metrics, such as {@code onnx}. */
    String id();

    /**
     * Whether this runtime would load the artifact. Looks at names and first bytes, loads nothing.
     *
     * @param folder holds the artifact: the object itself under its own last name, or what the archive held
     */
    boolean accepts(Path folder);

    /** Bytes of memory that loading the artifact may need at its peak, before anything was measured. */
    long estimateBytes(Path folder);

    /**
     * Loads the artifact. Blocks; called on the load thread. The folder's files are not written to. Once this returns they
     * may be deleted, but never overwritten: weights in a file of their own can stay mapped.
     *
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID}, saying what is wrong with the artifact
     */
    LoadedModel load(Path folder);

    /**
     * Whether loading damaged files fails and does no other harm. Then their bytes are compared with what was fetched beside
     * the load, which is closed again if they differ; else before it, which takes longer.
     */
    default boolean toleratesDamage() {
        return false;
    }

    /** A second form of its models, made in idle time, that loads sooner or into less memory; empty where it has none. */
    default Optional<OptimizedForm> optimizedForm() {
        return Optional.empty();
    }

    /** Frees what the runtime holds beside its models. */
    @Override
    default void close() {}
}
