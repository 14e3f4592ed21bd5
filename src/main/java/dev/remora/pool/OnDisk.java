package dev.remora.pool;

import java.nio.file.Path;

/** What the disk tier holds and deletes as one. What it says never changes once it leaves the tier. */
sealed interface OnDisk permits DiskEntry, OptimizedFile {
    /** The file, or the folder with all that is in it. */
    Path path();

    /** What it takes of the budget. */
    long bytes();
}
