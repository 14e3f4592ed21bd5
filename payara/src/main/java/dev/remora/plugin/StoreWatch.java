package dev.remora.plugin;

import dev.remora.protocol.RemoraException;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the store and the disk now and then whether they would serve, and says so when that changes. Thread-safe. */
final class StoreWatch {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    private final ModelStore store;
    private final Path folder;
    private volatile Optional<String> storeTrouble = Optional.of("The store was not asked yet.");
    private volatile Optional<String> diskTrouble = Optional.empty();

    StoreWatch(ModelStore store, Path folder) {
        this.store = store;
        this.folder = folder;
    }

    /** Blocks on the network and the disk. */
    void look() {
        var before = trouble();
        storeTrouble = askStore();
        diskTrouble = tryDisk();
        var now = trouble();
        if (now.isPresent() && !now.equals(before)) {
            log.warn("Not ready: {}", now.get());
        } else if (now.isEmpty() && before.isPresent()) {
            log.info("The model store answers, and the disk can be written to.");
        }
    }

    /** What is wrong and what mends it; empty when all is well. */
    Optional<String> trouble() {
        return storeTrouble.isPresent() ? storeTrouble : diskTrouble;
    }

    private Optional<String> askStore() {
        try {
            store.check();
            return Optional.empty();
        } catch (RemoraException e) {
            return Optional.of(e.getMessage() + " " + e.remedy());
        } catch (RuntimeException e) {
            // A store of the user's own may throw what it likes.
            return Optional.of("The model store failed: " + e);
        }
    }

    private Optional<String> tryDisk() {
        try {
            Files.delete(Files.createTempFile(folder, ".writable", null));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("The folder remora.disk.path (" + folder + ") cannot be written to: " + e
                    + ". Make room there, or mend its rights.");
        }
    }
}
