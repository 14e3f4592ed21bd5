package dev.remora.runtime;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a thread give way to those that serve: a model that comes computes for as long as it takes to load it, and what is warm
 * answers in less. Linux has a nice value for each thread; elsewhere nothing happens. Immutable.
 */
public final class Niceness {
    private static final Logger log = LoggerFactory.getLogger(Niceness.class);
    /** A tenth of the share of a thread that serves; threads that they start inherit it. */
    public static final int LOWERED_BY = 10;

    private Niceness() {}

    /** The same work, on a thread that gives way. */
    public static Runnable lowered(Runnable work) {
        return () -> {
            lower();
            work.run();
        };
    }

    private static void lower() {
        if (!Platform.isLinux()) {
            return;
        }
        try {
            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
                    .getFunction("nice")
                    .invokeInt(new Object[] {LOWERED_BY});
        } catch (LinkageError e) {
            log.debug("Loads do not give way to runs here: {}", e.getMessage());
        }
    }
}
