package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Writes down what the artifact says, and takes a share of its memory. Thread-safe. */
final class FakeForm implements OptimizedForm {
    final AtomicInteger writes = new AtomicInteger();
    final AtomicInteger loads = new AtomicInteger();
    volatile String key = "fake-1";
    /** Of the artifact's memory, in percent. */
    volatile long percent = 50;
    /** Whether it is made at all. */
    volatile boolean serves = true;

    volatile boolean measures = true;
    volatile @Nullable RuntimeException writeFailure;
    volatile @Nullable RuntimeException loadFailure;
    /** Runs in the middle of a write, on the load thread. */
    volatile Runnable meanwhile = () -> {};

    volatile Runnable whileLoading = () -> {};

    private final FakeRuntime runtime;

    FakeForm(FakeRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public boolean write(Path folder, Path file) {
        RuntimeException thrown = writeFailure;
        if (thrown != null) {
            throw thrown;
        }
        writes.incrementAndGet();
        if (!serves) {
            return false;
        }
        Properties facts = FakeRuntime.facts(folder);
        long measured = Long.parseLong(facts.getProperty("measured")) * percent / 100;
        int padding = facts.getProperty("padding", "").length();
        try {
            Files.write(file, FakeRuntime.artifact(measured, measured, padding));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        meanwhile.run();
        return true;
    }

    @Override
    public LoadedModel load(Path file) {
        RuntimeException thrown = loadFailure;
        if (thrown != null) {
            throw thrown;
        }
        if (!Files.exists(file)) {
            throw new RemoraException(ErrorCode.MODEL_INVALID, "There is no " + file);
        }
        loads.incrementAndGet();
        whileLoading.run();
        Properties facts = FakeRuntime.read(file);
        return runtime.make(facts, true, measures);
    }
}
