package dev.remora.spread;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** Work that the control thread does again and again. Confined to the control thread. */
interface Chore {
    /** What it is, for the log: "The ... failed". */
    String name();

    /** From the end of one turn to the next. */
    Duration pause();

    /**
     * Does it once. What it throws becomes a line in the log, and the next turn tries again. May block on the brokers for
     * seconds; meanwhile routes are read late.
     */
    void turn(Admin admin) throws InterruptedException, ExecutionException, TimeoutException;

    /** Does it a last time before the partitions move, when the instance ends in order. May block for a second. */
    default void end() {}

    /** Frees what it holds. */
    default void close() {}
}
