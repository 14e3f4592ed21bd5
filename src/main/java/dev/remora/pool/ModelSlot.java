package dev.remora.pool;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** All that the pool knows of one model. Guarded by the pool's lock. */
final class ModelSlot {
    private static final long HALF_LIFE = Duration.ofMinutes(10).toNanos();

    final ModelName name;
    final boolean pinned;

    /** What waits for it: the one that {@link ModelPool#expect} hands out, or the last that it was asked for with. */
    Demand demand;
    /** The version in memory that grants leases. */
    @Nullable
    Resident resident;
    /** The version on disk. */
    @Nullable
    DiskEntry entry;
    /** Its way into memory, while it is on it. */
    @Nullable
    Preparing preparing;

    @Nullable
    Failure failure;

    /** Until when the version here is served without a question, on the pool's clock. */
    long freshUntil = Long.MIN_VALUE;
    /** From when on its next use has it compared with the store, beside. */
    long revalidateAt = Long.MIN_VALUE;

    long storePauseNanos;
    boolean loadedBefore;
    /** When it was last leased, on the pool's clock. */
    long lastUse = Long.MIN_VALUE;

    /** How often it was leased. */
    long uses;

    private long usesCounted;
    private double heat;
    private long heatAt;

    ModelSlot(ModelName name, boolean pinned) {
        this.name = name;
        this.pinned = pinned;
        this.demand = new Demand(name);
    }

    /** How often it was used, each use counting half after {@link #HALF_LIFE}; counted here, not in each use. */
    double heat(long now) {
        double since = (double) (now - heatAt) / HALF_LIFE;
        heat = heat * Math.pow(0.5, since) + (uses - usesCounted);
        usesCounted = uses;
        heatAt = now;
        return heat;
    }

    /** It was so hot where it came from. */
    void inherit(double from, long now) {
        heat = Math.max(heat(now), from);
    }

    /** The newest version that is held here, if any. */
    @Nullable
    String heldVersion() {
        if (entry != null) {
            return entry.version;
        }
        return resident == null ? null : resident.version;
    }

    /** The version that served here and harmed nobody, or null when there is none to be handed over. */
    @Nullable
    String warmVersion() {
        if (failure != null || !loadedBefore) {
            return null;
        }
        boolean proven = resident == null || resident.isOptimized() || !resident.unproven;
        return proven ? heldVersion() : null;
    }

    /** The version that the store is asked about: another answer than "still that one" brings something new. */
    @Nullable
    String knownVersion() {
        return failure != null && failure.version() != null ? failure.version() : heldVersion();
    }

    /** Whether what grants leases is the newest version held. */
    boolean residentIsNewest() {
        return resident != null && resident.version.equals(heldVersion());
    }

    /** The store said at this moment that the newest version held is the newest there is. */
    void confirmed(long askedAt, long maxAgeNanos) {
        freshUntil = askedAt + maxAgeNanos;
        revalidateAt = askedAt + maxAgeNanos / 2;
        storePauseNanos = 0;
    }

    Tier tier() {
        return resident != null ? Tier.MEMORY : entry != null ? Tier.DISK : Tier.S3;
    }

    /** Whether anybody waits for it. */
    boolean wanted() {
        return demand.waiting() > 0;
    }

    /** Whether nothing would be lost with this object. */
    boolean forgettable(long now) {
        boolean empty = resident == null && entry == null && preparing == null && !pinned && !loadedBefore && !wanted();
        return empty && (failure == null || now - failure.probeAt() > failure.backoffNanos());
    }
}
