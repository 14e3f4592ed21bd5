package dev.remora.plugin.config;

import java.io.IOException;

/** The default of {@code remora.disk.max}. Immutable. */
final class DiskShare {
    private DiskShare() {}

    static long of(ConfigKey.Basis basis) {
        try {
            long share = basis.machine().roomBytes(basis.get(ConfigKeys.DISK_PATH)) / 2;
            Kinds.require(
                    share >= 1 << 20,
                    "The disk of remora.disk.path is full. Make room, or set remora.disk.path to a folder elsewhere.");
            return share >> 20 << 20;
        } catch (IOException e) {
            // The folder itself is the mistake, and it is reported as one.
            return 0L;
        }
    }
}
