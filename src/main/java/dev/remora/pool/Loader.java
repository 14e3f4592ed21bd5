package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models from the disk to memory. Confined to the load thread. */
final class Loader {
    private static final Logger log = LoggerFactory.getLogger(Loader.class);

    private final PoolState state;
    private final LoadOutcomes outcomes;
    private final DiskFolder folder;
    private final Verifier verifier;
    private final OptimizedLoads optimizedLoads;
    private final List<InferenceRuntime> runtimes;

    Loader(
            PoolState state,
            LoadOutcomes outcomes,
            DiskFolder folder,
            Verifier verifier,
            OptimizedLoads optimizedLoads,
            List<InferenceRuntime> runtimes) {
        this.state = state;
        this.outcomes = outcomes;
        this.folder = folder;
        this.verifier = verifier;
        this.optimizedLoads = optimizedLoads;
        this.runtimes = runtimes;
    }

    /** Finds the model's runtime, and how much memory to ask for. */
    void assess(Preparing way) {
        guarded(way, this::lookAt);
    }

    /** Loads the model, for which memory is reserved. Blocks for as long as its runtime does. */
    void load(Preparing way) {
        guarded(way, this::loadEntry);
    }

    /** Whatever is thrown, the way ends: else whoever waits for it would wait for ever. */
    private void guarded(Preparing way, Consumer<Preparing> act) {
        try {
            act.accept(way);
        } catch (RuntimeException | Error e) {
            log.error("{} was not loaded for a fault of ours", way.slot.name, e);
            state.locked(() -> outcomes.broken(way, unexpected(e)));
        }
    }

    static void close(ModelSlot slot, LoadedModel model) {
        try {
            model.close();
        } catch (RuntimeException | Error e) {
            log.error("Closing {} failed; its memory may be lost until the process ends", slot.name, e);
        }
    }

    private void lookAt(Preparing way) {
        DiskEntry entry = entry(way);
        try {
            InferenceRuntime runtime = runtimeOf(way, entry);
            OptimizedFile form = form(way, entry);
            boolean byForm = form != null && form.measurement.bytes() != Measurement.NONE;
            long known = entry.measurement(byForm ? form : null).bytes();
            long estimate = known == Measurement.NONE ? runtime.estimateBytes(entry.artifact()) : known;
            state.locked(() -> {
                way.runtime = runtime;
                way.memoryNeeded = Math.max(1, estimate);
                way.neededByForm = byForm;
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

    private void loadEntry(Preparing way) {
        DiskEntry entry = entry(way);
        long began = state.now();
        InferenceRuntime runtime = runtime(way);
        // What a process has died over is not loaded before it is known to be what was fetched.
        boolean suspect = state.marks.crashes(way.slot.name, entry.version) > 0;
        OptimizedFile form = form(way, entry);
        LoadedModel optimized = form == null ? null : optimizedLoads.load(way.slot, entry, form, runtime, suspect);
        if (optimized != null) {
            way.optimized = form;
            settle(way, entry, optimized, CompletableFuture.completedFuture(true), began);
            return;
        }
        if (way.neededByForm && state.locked(() -> outcomes.waitsForMore(way, entry))) {
            return;
        }
        loadArtifact(way, entry, runtime, suspect, began);
    }

    private void loadArtifact(Preparing way, DiskEntry entry, InferenceRuntime runtime, boolean suspect, long began) {
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
        Measurement measurement = entry.measurement(way.optimized);
        long known = measurement.bytes();
        RemoraException refusal = state.locked(() -> {
            entry.justFetched = false;
            return outcomes.install(way, entry, model, measured, began);
        });
        if (refusal != null) {
            return () -> givenUp(way, entry, refusal);
        }
        if (measurement.bytes() != known) {
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

    /** What is to be loaded instead of the artifact, or null. */
    private static @Nullable OptimizedFile form(Preparing way, DiskEntry entry) {
        return way.byArtifact ? null : entry.optimized;
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
