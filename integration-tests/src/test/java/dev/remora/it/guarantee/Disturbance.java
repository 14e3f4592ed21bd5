package dev.remora.it.guarantee;

import java.io.IOException;

/**
 * Something bad, or only unusual, that happens to a running endpoint. Immutable.
 *
 * @param name for people
 * @param action does it, and leaves the endpoint able to recover
 */
record Disturbance(String name, Action action) {
    /** Does it. */
    interface Action {
        /** Blocks until it is done, and what it took away is back; returns what happened, for people. */
        String inflict(Arena arena) throws IOException, InterruptedException;
    }
}
