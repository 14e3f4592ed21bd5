package dev.remora.pool;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees that nobody waits for long for what is slow: a store that does not answer, a download. It has a thread of its own,
 * for all others may be held up by just that, or by a long load.
 */
final class Pulse implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Pulse.class);
    private static final long EVERY = Duration.ofMillis(100).toNanos();

    private final PoolState state;
    private final Preparations preparations;
    private final FetchThreads fetchThreads;

    Pulse(PoolState state, Preparations preparations, FetchThreads fetchThreads) {
        this.state = state;
        this.preparations = preparations;
        this.fetchThreads = fetchThreads;
    }

    @Override
    public void run() {
        while (!state.locked(() -> state.stopped)) {
            try {
                state.locked(this::beat);
            } catch (RuntimeException | Error e) {
                log.error("The pool's pulse met a fault of ours and goes on", e);
            }
            LockSupport.parkNanos(EVERY);
            // An interrupt ends the wait and nothing more, as in PoolState.await.
            Thread.interrupted();
        }
    }

    private void beat() {
        if (!state.closing) {
            long now = state.now();
            List.copyOf(state.preparing).forEach(way -> preparations.serveOnIfLate(way, now));
            fetchThreads.grow(now);
        }
    }
}
