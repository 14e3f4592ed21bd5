package dev.remora.it.guarantee;

import dev.remora.it.Fault;
import java.time.Duration;
import java.util.List;

/** What happens to the broker and to the store. */
final class SiteDisturbances {
    static final String BROKER_RESTARTS = "broker_restarts";
    static final String PARTITIONS_ADDED = "partitions_added";
    static final String STORE_FAULTS = "store_faults";
    private static final int SLOW_BYTES_PER_SECOND = 100_000;

    private SiteDisturbances() {}

    static Disturbance restartBroker() {
        return new Disturbance("BROKER RESTART", arena -> {
            long begin = System.nanoTime();
            arena.site().restartBroker();
            arena.tally().add(BROKER_RESTARTS);
            return "the broker was away for %.1f s".formatted((System.nanoTime() - begin) / 1e9);
        });
    }

    static Disturbance addPartitions() {
        return new Disturbance("MORE PARTITIONS", arena -> {
            arena.site().addPartitions(2);
            arena.tally().add(PARTITIONS_ADDED);
            return "there are " + arena.site().partitions() + " now";
        });
    }

    /** Every way in which the store is spoiled, each for this time. */
    static List<Disturbance> storeFaults(Duration time) {
        return List.of(
                storeFault("down", new Fault.Reset(), time),
                storeFault("truncating", new Fault.Truncate(12_000), time),
                storeFault("corrupting", new Fault.Corrupt(9_000), time),
                storeFault("slow", new Fault.Throttle(SLOW_BYTES_PER_SECOND), time),
                storeFault("overloaded", new Fault.SlowDown(), time),
                storeFault("silent", new Fault.BlackHole(), time),
                storeFault("delayed", new Fault.Delay(Duration.ofMillis(300)), time));
    }

    private static Disturbance storeFault(String name, Fault fault, Duration time) {
        return new Disturbance("STORE " + name, arena -> {
            arena.site().spoilStore(fault);
            arena.tally().add(STORE_FAULTS);
            try {
                arena.hold(time);
            } finally {
                arena.site().spoilStore(new Fault.Pass());
            }
            return "the store was " + name + " for " + time.toSeconds() + " s";
        });
    }
}
