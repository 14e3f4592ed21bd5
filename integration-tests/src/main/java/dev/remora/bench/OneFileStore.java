package dev.remora.bench;

import dev.remora.protocol.ModelName;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store of one model, whatever it is asked for, so that a pool can be measured without S3. */
final class OneFileStore implements ModelStore {
    private static final String VERSION = "v1";

    private final byte[] bytes;

    OneFileStore(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
        return VERSION.equals(knownVersion) ? Optional.empty() : Optional.of(new Copy());
    }

    @Override
    public String currentVersion(ModelName model) {
        return VERSION;
    }

    @Override
    public void check() {}

    @Override
    public void close() {}

    private final class Copy implements Download {
        @Override
        public String version() {
            return VERSION;
        }

        @Override
        public long bytes() {
            return bytes.length;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            out.write(bytes);
        }

        @Override
        public void close() {}
    }
}
