package dev.remora.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads ONNX models with ONNX Runtime, so that thousands of them share a process: each runs on its caller's thread alone and
 * keeps no memory between runs. Thread-safe; close it after its models.
 */
public final class OnnxRuntime implements InferenceRuntime {
    private static final long MIB = 1L << 20;
    private static final Duration LAST_LOAD = Duration.ofSeconds(2);
    private static final Logger log = LoggerFactory.getLogger(OnnxRuntime.class);

    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final OrtSession.SessionOptions optimizedOptions;
    private final OptimizedForm optimized;
    private final Optional<NativeMemory> memory = NativeMemory.find();
    private final Activity activity = new Activity();
    /** Held for writing by whoever closes the options that loads read. */
    private final ReadWriteLock loading = new ReentrantReadWriteLock();

    /** Set before that lock is asked for: loads without end would otherwise keep it from the one who closes. */
    private volatile boolean closed;

    private final Workspaces workspaces;
    private final PageTrimmer trimmer;
    private final int mostAtOnce;
    private final LongSupplier nanoClock;

    private OnnxRuntime(OrtEnvironment environment, int mostAtOnce, LongSupplier nanoClock) throws OrtException {
        this.mostAtOnce = mostAtOnce;
        this.nanoClock = nanoClock;
        this.environment = environment;
        this.options = options();
        this.optimizedOptions = OnnxOptimizedForm.toLoad();
        this.optimized = new OnnxOptimizedForm(this, environment.getVersion());
        this.workspaces = new Workspaces(nanoClock);
        this.trimmer = new PageTrimmer(() -> memory.ifPresent(NativeMemory::trim), this::kept, nanoClock);
    }

    /**
     * Loads the native library and starts two threads, which sleep while there is nothing to do: one stops runs at their
     * limit, one gives the memory of closed models back to the system.
     *
     * @param mostAtOnce how many requests of one model may run in one call
     * @param nanoClock as {@link System#nanoTime}
     * @throws RemoraException {@link ErrorCode#INTERNAL} when ONNX Runtime does not work on this machine
     */
    public static OnnxRuntime start(ThreadFactory threads, int mostAtOnce, LongSupplier nanoClock) {
        try {
            OnnxRuntime runtime = new OnnxRuntime(NativeEnvironment.get(), mostAtOnce, nanoClock);
            start(threads, runtime.workspaces, "remora-run-limit");
            if (runtime.memory.isPresent()) {
                start(threads, runtime.trimmer, "remora-memory-trim");
            }
            log.info("ONNX Runtime {} is ready.", runtime.environment.getVersion());
            return runtime;
        } catch (OrtException | LinkageError e) {
            throw new RemoraException(
                    ErrorCode.INTERNAL,
                    "ONNX Runtime does not start: " + e,
                    "It needs Linux with glibc, macOS or Windows on x86-64 or arm64, and a temporary folder that"
                            + " libraries may be loaded from (java.io.tmpdir).",
                    e);
        }
    }

    private static void start(ThreadFactory threads, Runnable task, String name) {
        Thread thread = threads.newThread(task);
        if (thread == null) {
            throw new IllegalStateException("The thread factory gave no thread for " + name + ".");
        }
        thread.setName(name);
        thread.start();
    }

    /** A thread pool and an arena for each model would cost more than the models. */
    static OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        options.setCPUArenaAllocator(false);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        return options;
    }

    @Override
    public String id() {
        return "onnx";
    }

    @Override
    public boolean accepts(Path folder) {
        try {
            return OnnxArtifact.holdsModel(folder);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * What the first load of such a file was seen to need at most. Small files need several times their size for what is
     * built around the weights; a rule fitted to a dozen models, not a bound.
     */
    @Override
    public long estimateBytes(Path folder) {
        try {
            long bytes = OnnxArtifact.bytes(folder);
            return bytes < 3 * MIB ? Math.max(MIB, bytes * 13 / 2) : bytes * 8 / 5 + 10 * MIB;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Damaged files, by the thousand, were refused or came out as other weights. */
    @Override
    public boolean toleratesDamage() {
        return true;
    }

    @Override
    public LoadedModel load(Path folder) {
        return whileOpen(() -> {
            Path file = OnnxArtifact.find(folder);
            return open(file, options, OnnxArtifact.bytesBeside(file) > Files.size(file));
        });
    }

    @Override
    public Optional<OptimizedForm> optimizedForm() {
        return Optional.of(optimized);
    }

    /** Loads what {@link #write} made. */
    LoadedModel loadOptimized(Path file) {
        return whileOpen(() -> open(file, optimizedOptions, false));
    }

    /** Has a session write what the optimizer made of the model. */
    void write(Path model, Path file) {
        whileOpen(() -> {
            activity.begin();
            try (OrtSession.SessionOptions writing = OnnxOptimizedForm.toWrite(file)) {
                environment.createSession(model.toString(), writing).close();
                return file;
            } catch (OrtException e) {
                throw OnnxFailure.ofLoad(e, model);
            } finally {
                activity.end();
                trimmer.closed();
            }
        });
    }

    /** What reads options, which closing this frees. */
    private interface Act<T> {
        T run() throws IOException;
    }

    private <T> T whileOpen(Act<T> act) {
        if (!loading.readLock().tryLock()) {
            throw closing();
        }
        try {
            if (closed) {
                throw closing();
            }
            return act.run();
        } catch (IOException e) {
            throw unreadable(e);
        } finally {
            loading.readLock().unlock();
        }
    }

    private static RemoraException closing() {
        return new RemoraException(ErrorCode.UNAVAILABLE, "This instance is shutting down.");
    }

    private OnnxModel open(Path file, OrtSession.SessionOptions with, boolean mapsOthers) throws IOException {
        long ticket = activity.begin();
        try {
            long before = inUse();
            // From the path: from bytes, the load would hold the weights several times over.
            OrtSession session = environment.createSession(file.toString(), with);
            long taken = inUse() - before;
            boolean alone = activity.wasAlone(ticket);
            return describe(session, alone ? plausible(taken, file, mapsOthers) : OptionalLong.empty(), file);
        } catch (OrtException e) {
            throw OnnxFailure.ofLoad(e, file);
        } finally {
            activity.end();
        }
    }

    private OnnxModel describe(OrtSession session, OptionalLong measured, Path file) throws OrtException, IOException {
        boolean described = false;
        try {
            Signature signature = OnnxSignature.of(session);
            OnnxModel model = new OnnxModel(this, session, signature, measured, batching(signature, file));
            described = true;
            return model;
        } finally {
            if (!described) {
                session.close();
            }
        }
    }

    private Batching batching(Signature signature, Path file) throws IOException {
        boolean may = mostAtOnce > 1 && Batching.canJoin(signature) && MixedRows.absent(file);
        return may ? new Batching(signature, mostAtOnce, nanoClock) : Batching.NONE;
    }

    /**
     * The JVM itself allocates and frees beside us, its compilers above all: what cannot be the model's is no measurement. A
     * session holds a copy of all that is in the model's file, and more; weights in files beside it are mapped. What the JVM
     * took meanwhile is counted as the model's, which matters to small ones alone and until they are loaded once more.
     */
    private static OptionalLong plausible(long taken, Path file, boolean mapsOthers) throws IOException {
        long mapped = mapsOthers ? MappedFiles.bytesBeside(file) : 0;
        return taken >= Files.size(file) ? OptionalLong.of(taken + mapped) : OptionalLong.empty();
    }

    private long kept() {
        return memory.map(NativeMemory::keptBytes).orElse(0L);
    }

    private long inUse() {
        return memory.map(NativeMemory::inUseBytes).orElse(0L);
    }

    /** Frees a session of ours, whose runs have all returned. */
    void closeSession(OrtSession session) {
        activity.begin();
        try {
            session.close();
        } catch (OrtException e) {
            throw new RemoraException(
                    ErrorCode.INTERNAL, "A model could not be freed.", ErrorCode.INTERNAL.remedy(), e);
        } finally {
            activity.end();
        }
        trimmer.closed();
    }

    OrtEnvironment environment() {
        return environment;
    }

    Activity activity() {
        return activity;
    }

    Workspaces workspaces() {
        return workspaces;
    }

    static RemoraException unreadable(IOException e) {
        return new RemoraException(
                ErrorCode.INTERNAL,
                "The artifact on disk cannot be read: " + e,
                "Check the disk behind remora.disk.path.",
                e);
    }

    @Override
    public void close() {
        closed = true;
        workspaces.close();
        trimmer.stop();
        closeOptions();
    }

    /** Never under a load, which would kill the JVM; one that takes too long keeps them until the process ends. */
    private void closeOptions() {
        try {
            if (loading.writeLock().tryLock(LAST_LOAD.toNanos(), TimeUnit.NANOSECONDS)) {
                options.close();
                optimizedOptions.close();
                loading.writeLock().unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
