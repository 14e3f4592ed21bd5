package dev.remora.it.guarantee;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** A running instance, and what can be done to it. Thread-safe. */
interface Member {
    /** Its name, which its replies carry. */
    String name();

    /** Whether it runs, be it frozen. */
    boolean isAlive();

    /** Whether it says that it serves. */
    boolean isReady();

    /** SIGKILL; blocks until it is dead. */
    void kill();

    /** SIGTERM; blocks. False when the time was over first, and then it is dead all the same. */
    boolean stop(Duration limit);

    /** SIGSTOP. */
    void freeze() throws IOException;

    /** SIGCONT. */
    void unfreeze() throws IOException;

    /** What it holds now; empty when it does not answer, or does not know. */
    Optional<Vitals> vitals();

    /** The end of its log that may explain its death. */
    String lastWords();

    /** Starts members. */
    interface Starter {
        /** Starts one, or one again, and returns without waiting until it is ready. */
        Member start(String name) throws IOException;
    }
}
