package dev.remora.plugin.config;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The machine that this process runs on. Thread-safe. */
public final class ThisMachine implements Machine {
    private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");
    private static final Path OWN_GROUP = Path.of("/proc/self/cgroup");

    @Override
    public long memoryBytes() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return Math.min(system.getTotalMemorySize(), groupLimit(OWN_GROUP, CONTROL_GROUPS));
    }

    @Override
    public long maxHeapBytes() {
        return Runtime.getRuntime().maxMemory();
    }

    @Override
    public int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public Path home() {
        return Path.of(System.getProperty("user.home", "."));
    }

    @Override
    public long roomBytes(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.delete(Files.createTempFile(folder, ".writable", null));
        return Files.getFileStore(folder).getUsableSpace() + bytesIn(folder);
    }

    /**
     * The least limit of this process's control group and of those above it; the JVM looks at the lowest one alone.
     *
     * @return {@link Long#MAX_VALUE} where there is none
     */
    static long groupLimit(Path ownGroup, Path root) {
        long least = Long.MAX_VALUE;
        try (Stream<String> lines = Files.lines(ownGroup)) {
            var group =
                    lines.filter(line -> line.startsWith("0::/")).findFirst().orElse("0::/");
            Path at = root.resolve(group.substring(4)).normalize();
            while (at != null && at.startsWith(root)) {
                least = Math.min(least, limitIn(at.resolve("memory.max")));
                at = at.getParent();
            }
        } catch (IOException e) {
            // No control groups here: the machine's memory is the limit.
            return Long.MAX_VALUE;
        }
        return least;
    }

    private static long limitIn(Path file) throws IOException {
        try {
            var text = Files.readString(file).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
        } catch (NoSuchFileException e) {
            return Long.MAX_VALUE;
        }
    }

    private static long bytesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(
                            file -> file.toFile().isFile() ? file.toFile().length() : 0)
                    .sum();
        }
    }
}
