package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Loads artifacts that say how large they want to appear. Thread-safe. */
final class FakeRuntime implements InferenceRuntime {
    final AtomicInteger loads = new AtomicInteger();
    final AtomicInteger made = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger closedWhileRunning = new AtomicInteger();
    final AtomicLong liveBytes = new AtomicLong();
    final Set<FakeModel> live = ConcurrentHashMap.newKeySet();
    /** Loads wait for it. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    volatile @Nullable RuntimeException failure;
    /** None unless a test wants it. */
    volatile @Nullable FakeForm form;
    /** Whether damage does no harm. */
    volatile boolean tolerant;
    /** By how much a second measurement differs from the first one at most, as real ones do. */
    volatile long jitter;
    /** Thrown when an artifact is looked at. */
    volatile @Nullable RuntimeException assessFailure;
    /** Thrown when a loaded model is asked what it holds. */
    volatile @Nullable Error measureFailure;
    /** Sees each artifact before it is loaded. */
    volatile Consumer<Path> before = folder -> {};

    /** An artifact. */
    static byte[] artifact(long estimate, long measured, int padding) {
        String text = "estimate=" + estimate + "\nmeasured=" + measured + "\npadding=" + "x".repeat(padding) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String id() {
        return "fake";
    }

    @Override
    public boolean accepts(Path folder) {
        return file(folder) != null;
    }

    @Override
    public long estimateBytes(Path folder) {
        RuntimeException thrown = assessFailure;
        if (thrown != null) {
            throw thrown;
        }
        return Long.parseLong(facts(folder).getProperty("estimate", "1"));
    }

    @Override
    public boolean toleratesDamage() {
        return tolerant;
    }

    @Override
    public LoadedModel load(Path folder) {
        before.accept(folder);
        Properties facts = facts(folder);
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        if (facts.getProperty("broken") != null) {
            throw new RemoraException(ErrorCode.MODEL_INVALID, "The artifact is broken.");
        }
        loads.incrementAndGet();
        return make(facts, false, true);
    }

    FakeModel make(Properties facts, boolean optimized, boolean measures) {
        long noise = made.incrementAndGet() * 7L % (jitter + 1);
        FakeModel model = new FakeModel(
                Long.parseLong(facts.getProperty("estimate")),
                Long.parseLong(facts.getProperty("measured")) + noise,
                optimized,
                measures);
        live.add(model);
        liveBytes.addAndGet(model.held());
        return model;
    }

    @Override
    public Optional<OptimizedForm> optimizedForm() {
        return Optional.ofNullable(form);
    }

    private static @Nullable Path file(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(path -> path.toString().endsWith(".fake"))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Properties facts(Path folder) {
        Path file = file(folder);
        return file == null ? new Properties() : read(file);
    }

    static Properties read(Path file) {
        Properties facts = new Properties();
        try {
            facts.load(new StringReader(Files.readString(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return facts;
    }

    /** Notices being closed under a run. */
    final class FakeModel implements LoadedModel {
        private final long estimate;
        private final long measured;
        private final boolean measures;
        final boolean optimized;
        private final AtomicInteger running = new AtomicInteger();
        private volatile boolean gone;

        FakeModel(long estimate, long measured, boolean optimized, boolean measures) {
            this.estimate = estimate;
            this.measured = measured;
            this.optimized = optimized;
            this.measures = measures;
        }

        private long held() {
            return measured < 0 ? estimate : measured;
        }

        @Override
        public Signature signature() {
            return new Signature(List.of(), List.of());
        }

        @Override
        public OptionalLong measuredBytes() {
            Error thrown = measureFailure;
            if (thrown != null) {
                throw thrown;
            }
            return measured < 0 || !measures ? OptionalLong.empty() : OptionalLong.of(measured);
        }

        @Override
        public List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit) {
            running.incrementAndGet();
            try {
                for (int i = 0; i < 200; i++) {
                    Thread.onSpinWait();
                    if (gone) {
                        closedWhileRunning.incrementAndGet();
                    }
                }
            } finally {
                running.decrementAndGet();
            }
            return List.of();
        }

        boolean gone() {
            return gone;
        }

        @Override
        public void close() {
            if (gone || running.get() > 0) {
                closedWhileRunning.incrementAndGet();
            }
            gone = true;
            live.remove(this);
            liveBytes.addAndGet(-held());
            closed.incrementAndGet();
        }
    }
}
