package dev.remora.it.container;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** A user's store in place of ours: models are the files of a folder. Thread-safe. */
@Alternative
@Priority(Interceptor.Priority.APPLICATION)
@ApplicationScoped
public class FolderStore implements ModelStore {
    @Inject
    @ConfigProperty(name = "acme.models.folder")
    private String folder;

    @Override
    public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
        Version now = version(model);
        return now.name().equals(knownVersion) ? Optional.empty() : Optional.of(new Copy(file(model), now));
    }

    @Override
    public String currentVersion(ModelName model) {
        return version(model).name();
    }

    @Override
    public void check() {
        if (!Files.isDirectory(Path.of(folder))) {
            throw new RemoraException(
                    ErrorCode.STORE_UNAVAILABLE, folder + " is no folder.", "Set acme.models.folder to one.");
        }
    }

    @Override
    public void close() {
        // It holds nothing.
    }

    private Version version(ModelName model) {
        try {
            Path file = file(model);
            long bytes = Files.size(file);
            return new Version(Files.getLastModifiedTime(file).toMillis() + "-" + bytes, bytes);
        } catch (IOException e) {
            throw new RemoraException(ErrorCode.MODEL_NOT_FOUND, model + " is not in the folder.");
        }
    }

    private Path file(ModelName model) {
        return Path.of(folder).resolve(model.value());
    }

    private record Version(String name, long bytes) {}

    private record Copy(Path from, Version now) implements Download {
        @Override
        public String version() {
            return now.name();
        }

        @Override
        public long bytes() {
            return now.bytes();
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            Files.copy(from, out);
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
