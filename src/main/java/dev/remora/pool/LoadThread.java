package dev.remora.pool;

import dev.remora.runtime.InferenceRuntime;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the load thread does next: it closes evicted models, loads others and keeps house. Confined to the load thread. */
final class LoadThread implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(LoadThread.class);
    private static final long WAITING = Duration.ofMillis(5).toNanos();
    private static final long IDLE = Duration.ofMillis(100).toNanos();
    /** A turn in which there is only the lock to be given back, for what waits outside it. */
    private static final Runnable NOTHING = () -> {};

    private final PoolState state;
    private final LoadQueue queue;
    private final Loader loader;
    private final Housekeeping housekeeping;
    private final Optimizer optimizer;

    LoadThread(
            PoolState state,
            Preparations preparations,
            Housekeeping housekeeping,
            DiskFolder folder,
            Verifier verifier,
            List<InferenceRuntime> runtimes) {
        OptimizedLoads optimizedLoads = new OptimizedLoads(state, preparations, verifier);
        LoadOutcomes outcomes = new LoadOutcomes(state, preparations);
        this.state = state;
        this.queue = new LoadQueue(state, preparations);
        this.loader = new Loader(state, outcomes, folder, verifier, optimizedLoads, runtimes);
        this.housekeeping = housekeeping;
        this.optimizer = new Optimizer(state, folder, optimizedLoads);
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
            return () -> load(unknown, loader::assess);
        }
        Preparing next = queue.nextToLoad(now);
        if (next != null) {
            return () -> load(next, loader::load);
        }
        return queue.waiting() ? null : optimizer.next(now);
    }

    private void load(Preparing way, Consumer<Preparing> act) {
        try {
            act.accept(way);
        } finally {
            optimizer.loaded(state.now());
        }
    }

    private void close(Resident resident) {
        long began = state.now();
        try {
            Loader.close(resident.slot, resident.model);
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
}
