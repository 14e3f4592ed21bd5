package dev.remora.pool;

import dev.remora.runtime.LoadedModel;

/** One lease on one version in memory. Confined to the thread that runs it. */
final class PoolLease implements Lease {
    private final TieredModelPool pool;
    private final Resident resident;
    private boolean closed;

    PoolLease(TieredModelPool pool, Resident resident) {
        this.pool = pool;
        this.resident = resident;
    }

    @Override
    public LoadedModel model() {
        if (closed) {
            throw new IllegalStateException("The lease of " + resident.slot.name + " is closed.");
        }
        return resident.model;
    }

    @Override
    public String version() {
        return resident.version;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            pool.giveBack(resident);
        }
    }
}
