package dev.remora.pool;

import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import org.jspecify.annotations.Nullable;

/** One version of a model in memory. Guarded by the pool's lock. */
final class Resident {
    final ModelSlot slot;
    final String version;
    final LoadedModel model;
    final long loadedAt;
    /** Since when the model is in memory, in whatever form. */
    final long since;
    /** Names what a process that dies over it died over, see {@link CrashMarks}. */
    final String mark;

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

    /** The form that it could be loaded from and was not; null where there is none, or nothing to gain. */
    @Nullable
    OptimizedForm optimizable;
    /** When that is tried next, on the pool's clock. */
    long optimizeAt = Long.MIN_VALUE;

    int optimizeAttempts;

    Resident(ModelSlot slot, String version, LoadedModel model, long bytes, long now, boolean suspect) {
        this.slot = slot;
        this.version = version;
        this.mark = version;
        this.model = model;
        this.bytes = bytes;
        this.loadedAt = now;
        this.since = now;
        this.lastUse = now;
        this.suspect = suspect;
    }

    private Resident(Resident from, LoadedModel model, long bytes, long since, long now) {
        this.slot = from.slot;
        this.version = from.version;
        this.mark = CrashMarks.optimized(from.version);
        this.model = model;
        this.bytes = bytes;
        this.loadedAt = now;
        this.since = since;
        this.lastUse = from.lastUse;
        this.usedOnce = from.usedOnce;
        this.handedOverHeat = from.handedOverHeat;
        this.suspect = false;
    }

    /** The same version, loaded from its optimized form to take this one's place. */
    Resident optimized(LoadedModel other, long otherBytes, long now) {
        return new Resident(this, other, otherBytes, since, now);
    }

    /** As what was to be loaded came out, in its optimized form. */
    Resident asOptimized() {
        return new Resident(this, model, bytes, since, loadedAt);
    }

    /** Whether it was loaded from its optimized form. */
    boolean isOptimized() {
        return !mark.equals(version);
    }
}
