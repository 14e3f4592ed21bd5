package dev.remora.intake;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread brings about. */
final class Awaiting {
    private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

    private Awaiting() {}

    static void until(BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > PATIENCE) {
                throw new AssertionError("did not come about within 30 s");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
