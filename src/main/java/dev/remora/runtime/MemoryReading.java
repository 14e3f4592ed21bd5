package dev.remora.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the process holds outside any budget's arithmetic, to compare the budget with. Immutable.
 *
 * @param residentBytes anonymous pages in memory ({@code RssAnon}): the Java heap and all that was allocated natively;
 *     mapped files are not in it
 * @param allocatedBytes allocated natively and not freed: models, and buffers of the JVM
 * @param unreleasedBytes freed natively but not given back to the system
 */
public record MemoryReading(long residentBytes, long allocatedBytes, long unreleasedBytes) {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** Reads the figures now; takes up to a millisecond. Empty where the system is not Linux with glibc. */
    public static Optional<MemoryReading> read() {
        OptionalLong resident = resident();
        if (resident.isEmpty()) {
            return Optional.empty();
        }
        return NativeMemory.find()
                .map(memory -> new MemoryReading(resident.getAsLong(), memory.inUseBytes(), memory.keptBytes()));
    }

    private static OptionalLong resident() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("RssAnon:")) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
                }
            }
        } catch (IOException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }
}
