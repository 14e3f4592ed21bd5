package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models, closes evicted ones and keeps house. Confined to the load thread. */
final class Loader implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Loader.class);
    private static final long WAITING = Duration.ofMillis(5).toNanos();
    private static final long IDLE = Duration.ofMillis(100).toNanos();

    private final PoolState state;
    private final LoadQueue queue;
    private final LoadOutcomes outcomes;
    private final Housekeeping housekeeping;
    private final DiskFolder folder;
    private final Verifier verifier;
    private final OptimizedLoads optimizedLoads;
    private final Optimizer optimizer;
    private final List<InferenceRuntime> runtimes;

    Loader(
            PoolState state,
            Preparations preparations,
            Housekeeping housekeeping,
            DiskFolder folder,
            Verifier verifier,
            List<InferenceRuntime> runtimes) {
        this.state = state;
        this.queue = new LoadQueue(state, preparations);
        this.outcomes = new LoadOutcomes(state, preparations);
        this.housekeeping = housekeeping;
        this.folder = folder;
        this.verifier = verifier;
        this.optimizedLoads = new OptimizedLoads(state, preparations, verifier);
        this.optimizer = new Optimizer(state, folder, optimizedLoads);
        this.runtimes = runtimes;
    }

    @Override
    public void run() {
        boolean goesOn = true;
        while (goesOn) {
            try {
                goesOn = turn();
            } catch (RuntimeException | Error e) {
                log.error("The load thread met a fault of ours and goes on", e);
                state.locked(() -> state.await(IDLE));
            }
        }
    }

    /** Does one thing, or waits for one to do; false when the thread is to end. */
    private boolean turn() {
        Runnable act = state.locked(() -> {
            while (true) {
                Runnable found = decide(state.now());
                if (found != null || state.hasOutside()) {
                    return found == null ? NOTHING : found;
                }
                if (state.stopped) {
                    return null;
                }
                state.await(queue.waiting() ? WAITING : optimizer.pauseNanos(state.now(), IDLE));
            }
        });
        if (act == null) {
            return false;
        }
        act.run();
        return true;
    }

    private static final Runnable NOTHING = () -> {};

    private @Nullable Runnable decide(long now) {
        housekeeping.tidy(now);
        Resident leaving = state.memory.nextToClose();
        if (leaving != null) {
            return () -> close(leaving);
        }
        if (!state.proven.isEmpty()) {
            List<Resident> proven = List.copyOf(state.proven);
            state.proven.clear();
            return () -> proven.forEach(each -> state.marks.end(each.slot.name, each.mark));
        }
        if (state.closing) {
            return null;
        }
        Preparing unknown = queue.nextToAssess();
        if (unknown != null) {
            return () -> guarded(unknown, this::assess);
        }
        Preparing next = queue.nextToLoad(now);
        if (next != null) {
            return () -> guarded(next, this::load);
        }
        return queue.waiting() ? null : optimizer.next(now);
    }

    /** Whatever is thrown, the way ends: else whoever waits for it would wait for ever. */
    private void guarded(Preparing way, Consumer<Preparing> act) {
        try {
            act.accept(way);
        } catch (RuntimeException | Error e) {
            log.error("{} was not loaded for a fault of ours", way.slot.name, e);
            state.locked(() -> outcomes.broken(way, unexpected(e)));
        } finally {
            optimizer.loaded(state.now());
        }
    }

    private void close(Resident resident) {
        long began = state.now();
        try {
            close(resident.slot, resident.model);
            if (resident.unproven) {
                state.marks.withdraw(resident.slot.name, resident.mark);
            }
        } finally {
            state.locked(() -> {
                state.memory.closed(resident);
                state.figures.unloadNanos += state.now() - began;
                state.signal();
            });
        }
    }

    static void close(ModelSlot slot, LoadedModel model) {
        try {
            model.close();
        } catch (RuntimeException | Error e) {
            log.error("Closing {} failed; its memory may be lost until the process ends", slot.name, e);
        }
    }

    /** Finds its runtime, and how much memory to ask for. */
    private void assess(Preparing way) {
        DiskEntry entry = entry(way);
        try {
            InferenceRuntime runtime = runtimeOf(way, entry);
            long known = entry.expectedBytes();
            long estimate = known == Measurement.NONE ? runtime.estimateBytes(entry.artifact()) : known;
            state.locked(() -> {
                way.runtime = runtime;
                way.memoryNeeded = Math.max(1, estimate);
                way.stage = Preparing.Stage.LOAD;
            });
        } catch (RemoraException e) {
            notAssessed(way, entry, e);
        } catch (RuntimeException | Error e) {
            log.error("A runtime failed to look at {}", way.slot.name, e);
            notAssessed(way, entry, unexpected(e));
        }
    }

    /** What counts against it still does: it was not loaded. */
    private void notAssessed(Preparing way, DiskEntry entry, RemoraException failure) {
        if (folder.intact(entry)) {
            state.locked(() -> outcomes.givenUp(way, entry, failure));
        } else {
            corrupt(way, entry);
        }
    }

    private InferenceRuntime runtimeOf(Preparing way, DiskEntry entry) {
        for (InferenceRuntime runtime : runtimes) {
            if (runtime.accepts(entry.artifact())) {
                return runtime;
            }
        }
        throw new RemoraException(
                ErrorCode.MODEL_INVALID,
                "No runtime here loads " + way.slot.name + "; there are: "
                        + runtimes.stream().map(InferenceRuntime::id).toList() + ".",
                "Upload an ONNX model as .onnx, or as model.tar.gz around one.");
    }

    private void load(Preparing way) {
        DiskEntry entry = entry(way);
        long began = state.now();
        InferenceRuntime runtime = runtime(way);
        // What a process has died over is not loaded before it is known to be what was fetched.
        boolean suspect = state.marks.crashes(way.slot.name, entry.version) > 0;
        boolean hasForm = entry.optimized != null;
        LoadedModel optimized = optimizedLoads.load(way.slot, entry, runtime, suspect);
        if (optimized != null) {
            way.optimized = true;
            settle(way, entry, optimized, CompletableFuture.completedFuture(true), began);
            return;
        }
        if (hasForm && state.locked(() -> outcomes.waitsForMore(way, entry))) {
            return;
        }
        CompletableFuture<Boolean> intact =
                verifier.intact(entry, began, suspect, runtime.toleratesDamage() && !suspect);
        if (!intact.getNow(true)) {
            corrupt(way, entry);
            return;
        }
        LoadedModel model;
        state.marks.begin(way.slot.name, entry.version);
        try {
            model = runtime.load(entry.artifact());
        } catch (RemoraException e) {
            notLoaded(way, entry, e);
            return;
        } catch (RuntimeException | Error e) {
            log.error("Loading {} failed unexpectedly", way.slot.name, e);
            notLoaded(way, entry, unexpected(e));
            return;
        }
        settle(way, entry, model, intact, began);
    }

    private void settle(
            Preparing way, DiskEntry entry, LoadedModel model, CompletableFuture<Boolean> intact, long began) {
        Runnable instead = loaded(way, entry, model, intact, began);
        if (instead != null) {
            close(way.slot, model);
            instead.run();
        }
    }

    /** The artifact is at fault only if it still is what was fetched. */
    private void notLoaded(Preparing way, DiskEntry entry, RemoraException failure) {
        if (folder.intact(entry)) {
            givenUp(way, entry, failure);
        } else {
            corrupt(way, entry);
        }
    }

    /** Installs the model; or says what follows once it is closed again. */
    private @Nullable Runnable loaded(
            Preparing way, DiskEntry entry, LoadedModel model, CompletableFuture<Boolean> intact, long began) {
        try {
            return intact.join() ? installed(way, entry, model, began) : () -> corrupt(way, entry);
        } catch (RuntimeException | Error e) {
            log.error("{} was loaded, and a fault of ours came after", way.slot.name, e);
            return state.locked(() -> outcomes.stays(way, model)) ? null : () -> broken(way, entry, e);
        }
    }

    private @Nullable Runnable installed(Preparing way, DiskEntry entry, LoadedModel model, long began) {
        OptionalLong measured = model.measuredBytes();
        long known = entry.expectedBytes();
        RemoraException refusal = state.locked(() -> {
            entry.justFetched = false;
            return outcomes.install(way, entry, model, measured, began);
        });
        if (refusal != null) {
            return () -> givenUp(way, entry, refusal);
        }
        if (entry.expectedBytes() != known) {
            folder.remember(entry);
        }
        return null;
    }

    private void broken(Preparing way, DiskEntry entry, Throwable failure) {
        state.marks.withdraw(way.slot.name, way.mark(entry));
        state.locked(() -> outcomes.broken(way, unexpected(failure)));
    }

    /** It harmed nobody. */
    private void givenUp(Preparing way, DiskEntry entry, RemoraException failure) {
        state.marks.end(way.slot.name, way.mark(entry));
        state.locked(() -> outcomes.givenUp(way, entry, failure));
    }

    private void corrupt(Preparing way, DiskEntry entry) {
        state.marks.withdraw(way.slot.name, way.mark(entry));
        state.locked(() -> outcomes.corrupt(way));
    }

    private static RemoraException unexpected(Throwable failure) {
        return new RemoraException(
                ErrorCode.INTERNAL, "The model could not be loaded: " + failure, ErrorCode.INTERNAL.remedy(), failure);
    }

    private static DiskEntry entry(Preparing way) {
        if (way.entry == null) {
            throw new IllegalStateException(way.slot.name + " has nothing to load");
        }
        return way.entry;
    }

    private static InferenceRuntime runtime(Preparing way) {
        if (way.runtime == null) {
            throw new IllegalStateException(way.slot.name + " was not assessed");
        }
        return way.runtime;
    }
}
