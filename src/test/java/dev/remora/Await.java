package dev.remora;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Await() {}

    /** Blocks until the condition holds. */
    public static void until(BooleanSupplier condition) {
        until("the condition holds", condition);
    }

    /** The same; the failure names what was waited for. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("In vain: waited until " + what);
            }
            LockSupport.parkNanos(200_000);
        }
    }
}
