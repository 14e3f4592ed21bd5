package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads models from their optimized forms. One that is damaged or can never be loaded is deleted, and the artifact is there
 * for whoever asked: this fails nobody. Confined to the load thread.
 */
final class OptimizedLoads {
    private static final Logger log = LoggerFactory.getLogger(OptimizedLoads.class);

    /** Processes that died over it: more than one is no chance. */
    static final int CRASHES_TO_LEAVE_IT = 2;

    private final PoolState state;
    private final Preparations preparations;
    private final Verifier verifier;

    OptimizedLoads(PoolState state, Preparations preparations, Verifier verifier) {
        this.state = state;
        this.preparations = preparations;
        this.verifier = verifier;
    }

    /**
     * Loads the entry's optimized form, with a crash mark of its own that stands from here on; null where the artifact is to
     * be loaded.
     *
     * @param file the form
     * @param suspect whether a process died over the artifact: then nothing else is tried than that
     */
    @Nullable
    LoadedModel load(ModelSlot slot, DiskEntry entry, OptimizedFile file, InferenceRuntime runtime, boolean suspect) {
        String mark = CrashMarks.optimized(entry.version);
        OptimizedForm form = runtime.optimizedForm().orElse(null);
        // One that was made anew since a process died has its chance, once.
        int harm = state.marks.crashes(slot.name, mark) + (file.found ? 1 : 0);
        if (form == null || !form.key().equals(file.key) || suspect || harm >= CRASHES_TO_LEAVE_IT) {
            drop(slot, entry);
            return null;
        }
        state.marks.begin(slot.name, mark);
        LoadedModel model = open(slot, entry, file, form);
        if (model == null) {
            state.marks.withdraw(slot.name, mark);
        }
        return model;
    }

    /**
     * Loads this file while it is held against its checksum. Null where it is of no use, and then it is deleted; or where the
     * runtime cannot load it now, and then it stays.
     */
    @Nullable
    LoadedModel open(ModelSlot slot, DiskEntry entry, OptimizedFile file, OptimizedForm form) {
        String trouble;
        try {
            CompletableFuture<Boolean> intact = verifier.intact(file);
            LoadedModel model = form.load(file.path());
            trouble = doubt(intact);
            if (trouble == null) {
                return model;
            }
            Loader.close(slot, model);
        } catch (RemoraException e) {
            if (e.code() == ErrorCode.UNAVAILABLE) {
                log.debug("The optimized form of {} cannot be loaded now", slot.name, e);
                return null;
            }
            trouble = e.getMessage();
        } catch (RuntimeException | Error e) {
            trouble = e.toString();
        }
        if (drop(slot, entry)) {
            log.info("The optimized form of {} is deleted and made again: {}", slot.name, trouble);
        }
        return null;
    }

    /** What is wrong with the file, or null; one that could not be held against its checksum is as good as damaged. */
    private static @Nullable String doubt(CompletableFuture<Boolean> intact) {
        try {
            return intact.join() ? null : "it is not what was written";
        } catch (CompletionException e) {
            return "it could not be held against its checksum (" + e.getCause() + ")";
        }
    }

    /** Deletes the entry's optimized form; false where another has. */
    boolean drop(ModelSlot slot, DiskEntry entry) {
        OptimizedFile unlinked = state.locked(() -> state.disk.unlinkOptimized(slot, entry));
        if (unlinked == null) {
            return false;
        }
        preparations.delete(unlinked);
        return true;
    }
}
