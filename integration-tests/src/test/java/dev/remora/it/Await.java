package dev.remora.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for something to become true, and says what when it does not. */
public final class Await {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private Await() {}

    /** Blocks until the condition holds; what it throws counts as not yet. */
    public static void until(String what, Duration limit, Callable<Boolean> condition) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            pause();
        } while (System.nanoTime() < end);
        throw new AssertionError("Not within " + limit.toSeconds() + " s: " + what, last);
    }

    private static void pause() {
        try {
            NEVER.await(50, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }
}
