package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where models come from. Thread-safe; every call blocks on the network. */
public interface ModelStore extends AutoCloseable {
    /**
     * Begins to fetch a model: its version and size are known on return, its bytes are still to be read.
     *
     * @param knownVersion the version that the caller holds already, or null
     * @return the download, to be closed by the caller; empty when the store still has {@code knownVersion}
     * @throws RemoraException {@link ErrorCode#MODEL_NOT_FOUND} where the store has no such model or does not let us see
     *     it, {@link ErrorCode#STORE_UNAVAILABLE} where it failed (worth another try) or refused
     *     ({@link StoreRefusedException} as the cause: another try does not help)
     */
    Optional<Download> open(ModelName model, @Nullable String knownVersion);

    /**
     * The version that the store has now, without its bytes. To fail within a few seconds where no answer comes.
     *
     * @throws RemoraException as {@link #open}
     */
    String currentVersion(ModelName model);

    /**
     * Asks the store whether it would serve: credentials, bucket, reach.
     *
     * @throws RemoraException {@link ErrorCode#STORE_UNAVAILABLE}, saying what is wrong and what mends it
     */
    void check();

    /** Closes connections. Downloads under way fail. */
    @Override
    void close();
}
