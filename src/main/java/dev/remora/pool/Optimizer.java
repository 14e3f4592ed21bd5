package dev.remora.pool;

import dev.remora.pool.DiskTier.Reservation;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While nothing is to be loaded, has models that are in memory written to the disk in their optimized forms, one at a time,
 * and loads them from there where that takes less memory. It takes what is free and makes nothing leave. Confined to the load
 * thread; what decides is guarded by the pool's lock.
 */
final class Optimizer {
    private static final Logger log = LoggerFactory.getLogger(Optimizer.class);
    /** Loads that come so soon after one another are not kept waiting by this. */
    private static final long QUIET = Duration.ofMillis(500).toNanos();
    /** How soon it looks again where it found nothing to do. */
    private static final long LOOK = Duration.ofSeconds(1).toNanos();
    /** It pauses for as long as it worked, but no longer than this. */
    private static final long LONGEST_PAUSE = Duration.ofMinutes(1).toNanos();
    /** Doubles with each attempt without a result, as when other models ran while it was measured. */
    private static final long AGAIN = Duration.ofSeconds(5).toNanos();

    private static final int MOST_ATTEMPTS = 5;
    /** Writing holds the model, its optimized form and what it is written from. */
    private static final int MEMORY_FACTOR = 3;

    private static final int DISK_FACTOR = 2;
    /** What saves less than this share of the memory is no reason for an exchange. */
    private static final int LEAST_SHARE = 8;

    private final PoolState state;
    private final DiskFolder folder;
    private final OptimizedLoads loads;
    private long due;

    Optimizer(PoolState state, DiskFolder folder, OptimizedLoads loads) {
        this.state = state;
        this.folder = folder;
        this.loads = loads;
        this.due = state.now() + QUIET;
    }

    /** A model in memory that is to be optimized, and what was reserved for that. */
    private record Job(
            Resident resident, DiskEntry entry, OptimizedForm form, boolean writes, long memory, Reservation room) {}

    /** Something was loaded just now. */
    void loaded(long now) {
        due = Math.max(due, now + QUIET);
    }

    /** How long the load thread may sleep at most before it asks for the next. */
    long pauseNanos(long now, long most) {
        return due > now ? Math.min(due - now, most) : most;
    }

    /** The next thing to do outside the lock, or null. */
    @Nullable
    Runnable next(long now) {
        if (now < due || coldOnesCome()) {
            return null;
        }
        boolean exchanges = mayExchange();
        for (Resident resident : candidates(now)) {
            Job job = job(resident, exchanges);
            if (job != null) {
                return () -> run(job);
            }
        }
        due = now + LOOK;
        return null;
    }

    /** Whether any is on its way into memory, which a write would keep waiting. */
    private boolean coldOnesCome() {
        for (Preparing way : state.preparing) {
            if (way.slot.resident == null && way.trouble == null) {
                return true;
            }
        }
        return false;
    }

    /** Beside a run nothing can be measured, and then nothing is exchanged. */
    private boolean mayExchange() {
        return !state.closing && !coldOnesCome() && !state.memory.leased();
    }

    /** Used last, first. */
    private List<Resident> candidates(long now) {
        List<Resident> candidates = new ArrayList<>();
        for (Resident resident : state.memory.residents()) {
            DiskEntry entry = resident.slot.entry;
            boolean here = entry != null && entry.version.equals(resident.version) && !entry.optimizedInVain;
            if (here && resident.optimizable != null && !resident.unproven && now >= resident.optimizeAt) {
                candidates.add(resident);
            }
        }
        candidates.sort(
                Comparator.comparingLong((Resident each) -> each.lastUse).reversed());
        return candidates;
    }

    private @Nullable Job job(Resident resident, boolean exchanges) {
        DiskEntry entry = resident.slot.entry;
        OptimizedForm form = resident.optimizable;
        boolean writes = entry != null && entry.optimized == null;
        if (entry == null || form == null || (!writes && !exchanges)) {
            return null;
        }
        long memory = MEMORY_FACTOR * resident.bytes;
        Reservation room = new Reservation();
        boolean free = state.memory.isFree(memory, 0)
                && !harmful(resident)
                && (!writes || state.disk.tryReserve(room, diskNeeded(entry, resident)))
                && state.memory.tryReserve(memory, 0);
        if (!free) {
            return null;
        }
        return new Job(resident, entry, form, writes, memory, room);
    }

    private static long diskNeeded(DiskEntry entry, Resident resident) {
        return ContentHash.stored(Math.max(DISK_FACTOR * entry.artifactBytes, resident.bytes));
    }

    private boolean harmful(Resident resident) {
        int crashes = state.marks.crashes(resident.slot.name, CrashMarks.optimized(resident.version));
        return crashes >= OptimizedLoads.CRASHES_TO_LEAVE_IT;
    }

    private void run(Job job) {
        long began = state.now();
        String mark = CrashMarks.optimized(job.resident.version);
        boolean swapped = false;
        try {
            state.marks.begin(job.resident.slot.name, mark);
            OptimizedFile file = job.writes ? written(job) : job.entry.optimized;
            swapped = file != null && state.locked(this::mayExchange) && swapped(job, file);
            folder.remember(job.entry);
        } catch (RuntimeException | Error e) {
            inVain(job, e);
        } finally {
            end(job, swapped, began);
        }
        if (!swapped) {
            state.marks.withdraw(job.resident.slot.name, mark);
        }
    }

    private void end(Job job, boolean swapped, long began) {
        state.locked(() -> {
            if (!swapped) {
                state.memory.release(job.memory);
            }
            state.disk.release(job.room);
            long now = state.now();
            due = now + Math.min(now - began, LONGEST_PAUSE);
            state.signal();
        });
    }

    private void inVain(Job job, Throwable failure) {
        state.locked(() -> {
            job.entry.optimizedInVain = true;
        });
        log.info("{} is not optimized: {}", job.resident.slot.name, failure.toString());
    }

    /** The file, in its place; null where there is none to be had. */
    private @Nullable OptimizedFile written(Job job) {
        try {
            Path work = folder.newWork();
            try {
                return written(job, work.resolve("optimized"));
            } finally {
                SafeFiles.delete(work);
            }
        } catch (IOException e) {
            inVain(job, e);
            return null;
        }
    }

    private @Nullable OptimizedFile written(Job job, Path work) throws IOException {
        DiskEntry entry = job.entry;
        boolean written = job.form.write(entry.artifact(), work);
        // What is made of damaged bytes would have a checksum of its own, and never be found out.
        if (!written || ContentHash.stored(Files.size(work)) > job.room.bytes || !folder.intact(entry)) {
            state.locked(() -> {
                entry.optimizedInVain = true;
            });
            return null;
        }
        OptimizedFile file = OptimizedFile.publish(work, entry.folder, job.form.key());
        boolean kept = state.locked(() -> {
            boolean added = state.disk.add(job.resident.slot, entry, file, job.room);
            state.figures.optimized += added ? 1 : 0;
            return added;
        });
        if (!kept) {
            SafeFiles.delete(file.path());
            return null;
        }
        return file;
    }

    private boolean swapped(Job job, OptimizedFile file) {
        ModelSlot slot = job.resident.slot;
        LoadedModel model = loads.open(slot, job.entry, file, job.form);
        if (model == null) {
            state.locked(() -> later(job.resident));
            return false;
        }
        boolean swapped = false;
        try {
            OptionalLong measured = model.measuredBytes();
            swapped = state.locked(() -> swap(job, file, model, measured));
        } finally {
            if (!swapped) {
                Loader.close(slot, model);
            }
        }
        return swapped;
    }

    private void later(Resident resident) {
        resident.optimizeAt = state.now() + (AGAIN << resident.optimizeAttempts++);
        if (resident.optimizeAttempts == MOST_ATTEMPTS) {
            resident.optimizable = null;
        }
    }

    /** Lets it grant leases instead of the other if that saves memory; the file serves the next load in any case. */
    private boolean swap(Job job, OptimizedFile file, LoadedModel model, OptionalLong measured) {
        Resident old = job.resident;
        if (measured.isEmpty()) {
            later(old);
            return false;
        }
        long bytes = file.measurement.measured(measured.getAsLong());
        old.optimizable = null;
        boolean here = old.slot.resident == old && old.slot.entry == job.entry && !state.closing;
        if (!here || bytes > job.memory || bytes > old.bytes - old.bytes / LEAST_SHARE) {
            return false;
        }
        state.memory.swap(old, old.optimized(model, bytes, state.now()));
        state.memory.release(job.memory - bytes);
        return true;
    }
}
