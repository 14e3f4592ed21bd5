package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One version of a model on disk. What never changes may be read by any thread; the rest is guarded by the pool's lock.
 */
final class DiskEntry implements OnDisk {
    final ModelName model;
    final String version;
    final Path folder;
    /** What the artifact takes, and the facts beside it. */
    final long artifactBytes;

    final String checksum;
    /** Of loads of the artifact itself. */
    final Measurement measurement = new Measurement();

    /** What is loaded instead of the artifact; written under the pool's lock, read by the load thread without. */
    @Nullable
    volatile OptimizedFile optimized;
    /** No optimized form can be made, or it is not worth its room: not tried again before the next start. */
    boolean optimizedInVain;
    /** Since when it is in the tier, on the pool's clock. */
    long publishedAt;
    /** A count that grows with each use of any entry: the lowest was used longest ago. */
    long lastUse;
    /** Its bytes were checked at {@link #publishedAt}, while they were fetched, and were not loaded since. */
    boolean justFetched;

    DiskEntry(ModelName model, String version, Path folder, long artifactBytes, String checksum) {
        this.model = model;
        this.version = version;
        this.folder = folder;
        this.artifactBytes = artifactBytes;
        this.checksum = checksum;
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public long bytes() {
        OptimizedFile file = optimized;
        return artifactBytes + (file == null ? 0 : file.bytes());
    }

    /** Of loads of this form of it, or where that is null of the artifact itself. */
    Measurement measurement(@Nullable OptimizedFile form) {
        return form == null ? measurement : form.measurement;
    }

    /** Where a runtime finds the model. */
    Path artifact() {
        return folder.resolve(DiskFolder.ARTIFACT);
    }
}
