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
    /** A third of the share of a thread that serves. */
    public static final int LOWERED_BY = 5;

    private static final int OF_A_PROCESS = 0;
    private static final int THE_CALLING_THREAD = 0;

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
            NativeLibrary c = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME);
            int process = (int) ProcessHandle.current().pid();
            // From the process, not from what is inherited: the thread that starts this one may give way itself.
            int usual = c.getFunction("getpriority").invokeInt(new Object[] {OF_A_PROCESS, process});
            c.getFunction("setpriority").invokeInt(new Object[] {OF_A_PROCESS, THE_CALLING_THREAD, usual + LOWERED_BY});
        } catch (LinkageError e) {
            log.debug("Loads do not give way to runs here: {}", e.getMessage());
        }
    }
}
