package dev.remora.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetch threads: one that only compares versions, as many for downloads as the operator says, and a further one for each
 * download that takes long, while others wait: a few slow ones must not keep all other models waiting. All stay until the pool
 * is closed; a further one takes turns only while there is a slow download for it to make up for. Guarded by the pool's
 * lock, but for {@link #start} and {@link #begin}.
 */
final class FetchThreads {
    private static final Logger log = LoggerFactory.getLogger(FetchThreads.class);
    /** A download that takes longer no longer counts among those that the operator allows at a time. */
    private static final long SLOW = Duration.ofSeconds(3).toNanos();

    private static final int MOST_SPARE = 12;

    private final PoolState state;
    private final ThreadFactory threads;
    private final Work work;
    private final List<Thread> started = new ArrayList<>();
    private int spare;
    private int names;

    /** What a fetch thread does, whenever it may take a turn, which is asked under the lock. */
    interface Work {
        Runnable of(boolean compareOnly, BooleanSupplier mayTake);
    }

    FetchThreads(PoolState state, ThreadFactory threads, Work work) {
        this.state = state;
        this.threads = threads;
        this.work = work;
    }

    /** Starts those that are there for good. */
    void start() {
        begin(work.of(true, () -> true), "remora-compare");
        for (int i = 0; i < state.settings.fetchThreads(); i++) {
            begin(work.of(false, () -> true), "remora-fetch-" + ++names);
        }
    }

    /** Starts one that is ended with them. */
    void begin(Runnable task, String name) {
        Thread thread = PoolThreads.named(threads, task, name);
        state.locked(() -> started.add(thread));
        thread.start();
    }

    /** Has another one started if slow downloads hold up those that wait. */
    void grow(long now) {
        if (spare < Math.min(slow(now), MOST_SPARE) && waiting(now)) {
            int place = ++spare;
            String name = "remora-fetch-" + ++names;
            state.outside(() -> beginSpare(name, place));
        }
    }

    private void beginSpare(String name, int place) {
        try {
            begin(work.of(false, () -> place <= slow(state.now())), name);
        } catch (RuntimeException | OutOfMemoryError e) {
            log.debug("No further thread could be started: {}", e.toString());
            state.locked(() -> {
                spare--;
            });
        }
    }

    private int slow(long now) {
        int slow = 0;
        for (Preparing way : state.preparing) {
            slow += way.stage == Preparing.Stage.FETCHING && now - way.attemptBegan > SLOW ? 1 : 0;
        }
        return slow;
    }

    private boolean waiting(long now) {
        for (Preparing way : state.preparing) {
            if (way.stage == Preparing.Stage.FETCH && way.notBefore <= now && way.roomTicket == 0 && !way.compares()) {
                return true;
            }
        }
        return false;
    }

    /** All that were begun; none ends before the pool does. */
    List<Thread> running() {
        return List.copyOf(started);
    }
}
