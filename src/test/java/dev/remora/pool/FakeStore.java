package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import dev.remora.store.StoreRefusedException;
import dev.remora.store.WrongBytesException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store in memory that counts, and fails when told to. Thread-safe. */
final class FakeStore implements ModelStore {
    private final Map<ModelName, Stored> objects = new ConcurrentHashMap<>();
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger downloads = new AtomicInteger();
    volatile @Nullable RemoraException failure;
    volatile @Nullable IOException diskFailure;
    /** Its bytes come wrong. */
    volatile @Nullable ModelName corrupt;

    /** Downloads wait for it before they write. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** Comparisons of versions wait for it. */
    volatile CountDownLatch silence = new CountDownLatch(0);

    private record Stored(String version, byte[] bytes) {}

    void put(ModelName model, String version, byte[] bytes) {
        objects.put(model, new Stored(version, bytes.clone()));
    }

    void remove(ModelName model) {
        objects.remove(model);
    }

    static RemoraException outage() {
        return new RemoraException(ErrorCode.STORE_UNAVAILABLE, "The store is away.");
    }

    static RemoraException refusal() {
        return new RemoraException(
                ErrorCode.STORE_UNAVAILABLE,
                "The store refuses.",
                "Mend the credentials.",
                new StoreRefusedException("no", new IllegalStateException("no")));
    }

    @Override
    public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
        Stored stored = find(model);
        return stored.version.equals(knownVersion) ? Optional.empty() : Optional.of(new FakeDownload(stored, model));
    }

    private Stored find(ModelName model) {
        calls.incrementAndGet();
        RemoraException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        Stored stored = objects.get(model);
        if (stored == null) {
            throw new RemoraException(ErrorCode.MODEL_NOT_FOUND, "There is no " + model + ".");
        }
        return stored;
    }

    @Override
    public String currentVersion(ModelName model) {
        try {
            silence.await();
        } catch (InterruptedException e) {
            throw outage();
        }
        return find(model).version;
    }

    @Override
    public void check() {}

    @Override
    public void close() {}

    private final class FakeDownload implements Download {
        private final Stored stored;

        private final ModelName model;

        FakeDownload(Stored stored, ModelName model) {
            this.stored = stored;
            this.model = model;
        }

        @Override
        public String version() {
            return stored.version;
        }

        @Override
        public long bytes() {
            return stored.bytes.length;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw outage();
            }
            IOException thrown = diskFailure;
            if (thrown != null) {
                throw thrown;
            }
            downloads.incrementAndGet();
            if (model.equals(corrupt)) {
                throw new RemoraException(
                        ErrorCode.STORE_UNAVAILABLE, "Wrong bytes.", "Upload again.", new WrongBytesException("wrong"));
            }
            out.write(stored.bytes);
        }

        @Override
        public void close() {}
    }
}
