package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.util.Collection;
import java.util.List;

/**
 * Which models leave first, among those that may. Pure: no clock, no I/O; called under the pool's lock, so it is quick
 * and confined to it.
 */
public interface EvictionPolicy {
    /** A model was used. */
    void used(ModelName model, long nowNanos);

    /** A model came into memory; its history outlives its eviction. */
    void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos);

    /** A model in memory holds another number of bytes from now on: it was loaded once more, in a form that takes less. */
    default void resized(ModelName model, long bytes) {}

    /**
     * Orders the candidates, the first to leave first.
     *
     * @param candidates models that nothing uses or waits for
     */
    List<ModelName> order(Collection<ModelName> candidates, long nowNanos);
}
