package dev.remora.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The optimized form of a model, in its entry's folder beside the artifact: written once, under a name of its own, for who
 * still deletes one must not meet the next. Immutable but for its measurement, which the pool's lock guards.
 */
final class OptimizedFile implements OnDisk {
    private static final String PREFIX = "optimized-";
    private static final String NAME = "optimized.name";
    private static final String KEY = "optimized.key";
    private static final String LENGTH = "optimized.bytes";
    private static final String CHECKSUM = "optimized.crc32c";
    private static final String MEASURED = "optimized.measured";

    final String key;
    final Measurement measurement = new Measurement();
    private final Path path;
    private final long length;
    private final String checksum;
    /** An earlier process made it. */
    final boolean found;

    private OptimizedFile(String key, Path path, long length, String checksum, boolean found) {
        this.key = key;
        this.path = path;
        this.length = length;
        this.checksum = checksum;
        this.found = found;
    }

    /** Gives what was written elsewhere its place in the entry's folder, at once. */
    static OptimizedFile publish(Path from, Path folder, String key) throws IOException {
        Path to = folder.resolve(PREFIX + UUID.randomUUID());
        OptimizedFile file = new OptimizedFile(key, to, Files.size(from), ContentHash.ofFolder(from), false);
        SafeFiles.move(from, to);
        return file;
    }

    /** The one that the facts tell of, if it is there and made under one of these keys; all others are deleted. */
    static @Nullable OptimizedFile find(Path folder, Properties facts, Set<String> keys) throws IOException {
        OptimizedFile told = read(folder, facts);
        OptimizedFile good = told != null && keys.contains(told.key) && told.isWhole() ? told : null;
        for (Path file : SafeFiles.children(folder)) {
            boolean form = file.getFileName().toString().startsWith(PREFIX);
            if (form && (good == null || !file.equals(good.path))) {
                SafeFiles.delete(file);
            }
        }
        return good;
    }

    private boolean isWhole() throws IOException {
        return Files.isRegularFile(path) && Files.size(path) == length;
    }

    private static @Nullable OptimizedFile read(Path folder, Properties facts) {
        String name = facts.getProperty(NAME, "");
        if (!name.matches(PREFIX + "[0-9a-f-]+")) {
            return null;
        }
        OptimizedFile file = new OptimizedFile(
                facts.getProperty(KEY, ""),
                folder.resolve(name),
                Long.parseLong(facts.getProperty(LENGTH, "0")),
                facts.getProperty(CHECKSUM, ""),
                true);
        file.measurement.remembered(Long.parseLong(facts.getProperty(MEASURED, "-1")));
        return file;
    }

    void tell(Properties facts) {
        facts.setProperty(NAME, path.getFileName().toString());
        facts.setProperty(KEY, key);
        facts.setProperty(LENGTH, Long.toString(length));
        facts.setProperty(CHECKSUM, checksum);
        facts.setProperty(MEASURED, Long.toString(measurement.bytes()));
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long bytes() {
        return ContentHash.stored(length);
    }

    /** Whether it is, byte for byte, what was written. Blocks on the disk. */
    boolean intact() {
        try {
            return ContentHash.ofFolder(path).equals(checksum);
        } catch (IOException e) {
            return false;
        }
    }
}
