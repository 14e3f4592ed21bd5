package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which versions were being loaded or run for the first time when a process died. A mark is written before a load and
 * taken away when the model has proven itself; one that is found at start counts. Once they are closed no file changes
 * any more, for another may have opened them. The counts are read by any thread, the files are confined to the load thread.
 */
final class CrashMarks {
    private static final Logger log = LoggerFactory.getLogger(CrashMarks.class);
    private static final String FORMAT = "1";

    private final Path folder;
    /**
     * As found at start, less what has proven itself since: a version tried twice in one process counts once. By what the names
     * of the files are hashes of, for they are looked up under the pool's lock.
     */
    private final Map<String, Integer> found;

    private volatile boolean closed;

    private CrashMarks(Path folder, Map<String, Integer> found) {
        this.folder = folder;
        this.found = new ConcurrentHashMap<>(found);
    }

    static CrashMarks open(Path root) throws IOException {
        Path folder = Files.createDirectories(root.resolve("marks"));
        Map<String, Integer> found = new HashMap<>();
        for (Path file : SafeFiles.children(folder)) {
            if (!read(file, found)) {
                SafeFiles.delete(file);
            }
        }
        return new CrashMarks(folder, found);
    }

    /** Whether the file is a mark that counts, which has then been noted. */
    private static boolean read(Path file, Map<String, Integer> found) {
        Properties facts = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            facts.load(in);
            String key = key(facts.getProperty("model", ""), facts.getProperty("version", ""));
            int crashes = Integer.parseInt(facts.getProperty("crashes", "0"));
            boolean counts = FORMAT.equals(facts.getProperty("format")) && crashes > 0 && file.endsWith(name(key));
            if (counts) {
                found.put(key, crashes);
            }
            return counts;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * What stands for the optimized form of a version: who dies over it, or while it is made, died over that and not over the
     * artifact, which can still be loaded.
     */
    static String optimized(String version) {
        return version + "\noptimized";
    }

    /** How many processes died over this version. */
    int crashes(ModelName model, String version) {
        return found.isEmpty() ? 0 : found.getOrDefault(key(model.value(), version), 0);
    }

    /** From here on the process's death counts against this version. */
    void begin(ModelName model, String version) {
        write(model, version, crashes(model, version) + 1);
    }

    private void write(ModelName model, String version, int crashes) {
        if (closed) {
            return;
        }
        Properties facts = new Properties();
        facts.setProperty("format", FORMAT);
        facts.setProperty("model", model.value());
        facts.setProperty("version", version);
        facts.setProperty("crashes", Integer.toString(crashes));
        try {
            SafeFiles.write(file(model, version), facts);
        } catch (IOException e) {
            log.warn("No crash mark for {} could be written; check remora.disk.path: {}", model, e.toString());
        }
    }

    /** The version has proven itself, or failed without harm: nothing counts against it any more. */
    void end(ModelName model, String version) {
        found.remove(key(model.value(), version));
        delete(model, version);
    }

    /** The process ends in order before the version could prove itself: what counted before counts again, no more. */
    void withdraw(ModelName model, String version) {
        int before = crashes(model, version);
        if (before > 0) {
            write(model, version, before);
        } else {
            delete(model, version);
        }
    }

    private void delete(ModelName model, String version) {
        if (closed) {
            return;
        }
        try {
            SafeFiles.delete(file(model, version));
        } catch (IOException e) {
            log.warn("The crash mark of {} could not be deleted; check remora.disk.path: {}", model, e.toString());
        }
    }

    /** Who is still stuck in a load comes too late. */
    void close() {
        closed = true;
    }

    private Path file(ModelName model, String version) {
        return folder.resolve(name(key(model.value(), version)));
    }

    private static String key(String model, String version) {
        return model + '\n' + version;
    }

    private static String name(String key) {
        return ContentHash.of(key);
    }
}
