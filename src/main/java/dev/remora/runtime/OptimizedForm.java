package dev.remora.runtime;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.nio.file.Path;

/**
 * A second form of a model, one file that a runtime makes of the artifact: it loads sooner or into less memory, and its
 * answers are the same bit for bit. It can be lost at any time, for it can be made again. Thread-safe.
 */
public interface OptimizedForm {
    /**
     * All that a file depends on beside its artifact, such as the runtime's version and the processor, in less than 200
     * characters: a file that was made under another key is not loaded.
     */
    String key();

    /**
     * Makes the file; it is left half written where this throws. Blocks for longer than a load takes, and needs more memory
     * than one.
     *
     * @param folder holds the artifact, as in {@link InferenceRuntime#load}
     * @param file is not there yet
     * @return whether it was made: not of what this form does not serve, or gains too little from
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID}, saying what failed
     */
    boolean write(Path folder, Path file);

    /**
     * Loads what {@link #write} made. Blocks, as {@link InferenceRuntime#load} does. Once this returns the file may be
     * deleted.
     *
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID}, saying what failed: the file is deleted; or {@link
     *     ErrorCode#UNAVAILABLE} where it cannot be loaded now: it stays, and the artifact is loaded in its place this time
     */
    LoadedModel load(Path file);
}
