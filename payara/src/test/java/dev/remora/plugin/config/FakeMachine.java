package dev.remora.plugin.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;

/** A machine with 4 GiB of memory, a heap of 1 GiB, four processors and 100 GiB of disk, unless a test says otherwise. */
record FakeMachine(long memoryBytes, long maxHeapBytes, int processors, boolean writable) implements Machine {
    static final FakeMachine USUAL = new FakeMachine(4L << 30, 1L << 30, 4, true);

    @Override
    public Path home() {
        return Path.of("/home/someone");
    }

    @Override
    public long roomBytes(Path folder) throws IOException {
        if (!writable) {
            throw new AccessDeniedException(folder.toString());
        }
        return 100L << 30;
    }
}
