package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreWatchTest {
    private final Path folder;

    StoreWatchTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void isInTroubleUntilTheStoreWasAsked() {
        var watch = new StoreWatch(new FakeStore(null), folder);

        assertThat(watch.trouble()).hasValue("The store was not asked yet.");

        watch.look();

        assertThat(watch.trouble()).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void saysWhatTheStoreSaysAndWhatMendsIt() {
        var refusal = new RemoraException(ErrorCode.STORE_UNAVAILABLE, "No such bucket.", "Create it.");
        var watch = new StoreWatch(new FakeStore(refusal), folder);

        watch.look();

        assertThat(watch.trouble()).hasValue("No such bucket. Create it.");
    }

    @Test
    void aStoreOfTheUsersMayFailAsItLikes() {
        var watch = new StoreWatch(new FakeStore(new IllegalStateException("hm")), folder);

        watch.look();

        assertThat(watch.trouble().orElse("")).contains("hm");
    }

    @Test
    void noticesAFolderThatIsGone() {
        var watch = new StoreWatch(new FakeStore(null), folder.resolve("gone"));

        watch.look();

        assertThat(watch.trouble().orElse("")).contains("remora.disk.path").contains("cannot be written to");
    }

    private record FakeStore(@Nullable RuntimeException failure) implements ModelStore {
        @Override
        public void check() {
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String currentVersion(ModelName model) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
