package dev.remora.pool;

import dev.remora.runtime.LoadedModel;

/** A model that may be run: it stays in memory until its last lease is closed. Confined to the thread that runs it. */
public interface Lease extends AutoCloseable {
    /** The model. */
    LoadedModel model();

    /** The version of it, as the store names it. */
    String version();

    /** Gives the model back. Once only. */
    @Override
    void close();
}
