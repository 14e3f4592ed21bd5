package dev.remora.plugin;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the endpoint's threads, each of which is there for as long as the endpoint is, and notices when one ends before
 * that. Thread-safe.
 */
final class LivingThreads implements ThreadFactory {
    private static final Logger log = LoggerFactory.getLogger(LivingThreads.class);

    private final ThreadFactory threads;
    private volatile Life life = new Life();

    LivingThreads(ThreadFactory threads) {
        this.threads = threads;
    }

    @Override
    public @Nullable Thread newThread(Runnable task) {
        var mine = life;
        return threads.newThread(() -> {
            try {
                task.run();
            } finally {
                mine.ended(Thread.currentThread().getName());
            }
        });
    }

    /** Those that have ended though nobody had told them to, by name. */
    Set<String> missing() {
        return new TreeSet<>(life.missing);
    }

    /** Those made so far may end from now on; those made later are there for the next endpoint. */
    void release() {
        life.released = true;
        life = new Life();
    }

    private static final class Life {
        private final Set<String> missing = new ConcurrentSkipListSet<>();
        private volatile boolean released;

        void ended(String name) {
            if (released) {
                return;
            }
            missing.add(name);
            // A container that shuts down interrupts its threads before it says so.
            if (!Thread.currentThread().isInterrupted()) {
                log.error(
                        "The thread {} has ended, though nobody stopped it; what it does is not done any more. Restart"
                                + " this instance, and please report it.",
                        name);
            }
        }
    }
}
