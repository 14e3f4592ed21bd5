package dev.remora.plugin.config;

import java.io.IOException;
import java.nio.file.Path;

/** What this machine, or container, has to give. Thread-safe. */
public interface Machine {
    /** The least of the container's limit and the physical memory, in bytes. */
    long memoryBytes();

    /** The most that the JVM's heap may become, in bytes. */
    long maxHeapBytes();

    /** Processors that this process may use. */
    int processors();

    /** The user's home folder. */
    Path home();

    /**
     * Makes the folder where it is missing, and finds out what may be put there.
     *
     * @return bytes that are free on its disk, and those that already lie in it
     * @throws IOException when it cannot be made or written to
     */
    long roomBytes(Path folder) throws IOException;
}
