package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.nio.file.Path;

/**
 * One version of a model on disk. What never changes may be read by any thread; the rest is guarded by the pool's lock.
 */
final class DiskEntry {
    /** {@link #measuredBytes} of a model that was never measured. */
    static final long UNMEASURED = -1;

    /** Other threads allocate too while a load is measured. */
    private static final long CHANCE_BYTES = 64 * 1024;

    private static final int CHANCE_SHARE = 8;

    final ModelName model;
    final String version;
    final Path folder;
    final long bytes;
    final String checksum;

    long measuredBytes;
    /** Since when it is in the tier, on the pool's clock. */
    long publishedAt;
    /** A count that grows with each use of any entry: the lowest was used longest ago. */
    long lastUse;
    /** Its bytes were checked at {@link #publishedAt}, while they were fetched, and were not loaded since. */
    boolean justFetched;

    DiskEntry(ModelName model, String version, Path folder, long bytes, String checksum) {
        this.model = model;
        this.version = version;
        this.folder = folder;
        this.bytes = bytes;
        this.checksum = checksum;
        this.measuredBytes = UNMEASURED;
    }

    /**
     * Notes what a load was seen to take. What differs from the figure known before by no more than chance does is the same:
     * else each reload would correct the budget, and now and then exceed it. The most of those is remembered for the next
     * load: the first one may by chance have been the lowest.
     *
     * @return what this load counts as
     */
    long measured(long bytes) {
        long known = measuredBytes;
        boolean same = known != UNMEASURED && Math.abs(bytes - known) <= Math.max(CHANCE_BYTES, known / CHANCE_SHARE);
        measuredBytes = same ? Math.max(known, bytes) : bytes;
        return same ? known : bytes;
    }

    /** Where a runtime finds the model. */
    Path artifact() {
        return folder.resolve(DiskFolder.ARTIFACT);
    }
}
