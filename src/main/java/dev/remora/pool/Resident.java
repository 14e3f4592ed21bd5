package dev.remora.pool;

import dev.remora.runtime.LoadedModel;
import org.jspecify.annotations.Nullable;

/** One version of a model in memory. Guarded by the pool's lock. */
final class Resident {
    final ModelSlot slot;
    final String version;
    final LoadedModel model;
    final long loadedAt;

    long bytes;
    int leases;
    boolean usedOnce;
    /** How hot it was where it was handed over from, until it is used here; else 0. */
    double handedOverHeat;

    long lastUse;
    /** Whether a crash mark still stands for it. */
    boolean unproven = true;
    /** Whether an earlier process died over it. */
    final boolean suspect;
    /** Set once: from then on it grants no lease, and is closed after the last one. */
    @Nullable
    EvictionReason leaving;

    Resident(ModelSlot slot, String version, LoadedModel model, long bytes, long now, boolean suspect) {
        this.slot = slot;
        this.version = version;
        this.model = model;
        this.bytes = bytes;
        this.loadedAt = now;
        this.lastUse = now;
        this.suspect = suspect;
    }
}
