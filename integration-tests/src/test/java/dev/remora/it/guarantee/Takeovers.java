package dev.remora.it.guarantee;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long partitions of a dead instance stood still: from its death to the first visible reply to a record of one of
 * them that was sent after it. Thread-safe.
 */
final class Takeovers {
    private static final long LAST_WORDS_MILLIS = 1_000;

    private final List<Takeover> all = new ArrayList<>();

    /** An instance that owned these partitions has just died. */
    synchronized Takeover begin(String instance, Set<Integer> partitions) {
        Takeover takeover = new Takeover(instance, partitions);
        all.add(takeover);
        return takeover;
    }

    /** A reply to a record of this partition became visible. */
    void seen(int partition, Sighting reply) {
        for (Takeover takeover : all()) {
            takeover.seen(partition, reply);
        }
    }

    synchronized List<Takeover> all() {
        return List.copyOf(all);
    }

    /** One of them. Thread-safe. */
    static final class Takeover {
        private final String instance;
        private final Set<Integer> partitions;
        private final long beganMillis = System.currentTimeMillis();
        private final long beganNanos = System.nanoTime();
        private final CountDownLatch over = new CountDownLatch(1);
        private Optional<Duration> took = Optional.empty();
        private String by = "";

        private Takeover(String instance, Set<Integer> partitions) {
            this.instance = instance;
            this.partitions = Set.copyOf(partitions);
        }

        private synchronized void seen(int partition, Sighting reply) {
            if (took.isEmpty() && partitions.contains(partition) && isLater(reply)) {
                took = Optional.of(Duration.ofNanos(System.nanoTime() - beganNanos));
                by = reply.instance();
                over.countDown();
            }
        }

        /** A dead process writes no timestamps; only the last ones before the signal came may seem later than it. */
        private boolean isLater(Sighting reply) {
            long afterMillis = reply.place().timestamp() - beganMillis;
            return afterMillis > (reply.instance().equals(instance) ? LAST_WORDS_MILLIS : 0);
        }

        /** Blocks until it is over, or the time is; whether it is over. */
        boolean await(Duration limit) {
            try {
                return over.await(limit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /** Empty while it lasts. */
        synchronized Optional<Duration> took() {
            return took;
        }

        @Override
        public synchronized String toString() {
            return "partitions " + partitions + " of " + instance + " "
                    + took.map(t -> "taken over by " + by + " after %.1f s".formatted(t.toMillis() / 1e3))
                            .orElse("not taken over");
        }
    }
}
