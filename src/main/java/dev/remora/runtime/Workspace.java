package dev.remora.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;

/**
 * What one run needs and the next can use again: its options, through which it can be stopped, and native memory for its
 * inputs. Confined to the thread that runs, but for {@link #stopIfLate} and {@link #stop}, which others call: the lock sees to it that
 * options are never touched after they were closed, nor a later run stopped in place of the one that was late.
 */
final class Workspace implements AutoCloseable {
    private final RunOptions options = new RunOptions();
    private final DirectBlock block = new DirectBlock();
    private long deadlineNanos;
    private boolean armed;
    private boolean stopped;

    Workspace() throws OrtException {}

    RunOptions options() {
        return options;
    }

    DirectBlock block() {
        return block;
    }

    /** From now on the run is stopped when it is late. */
    synchronized void arm(long nanos) {
        deadlineNanos = nanos;
        armed = true;
    }

    /** Ends the watch; true when the run was stopped. */
    synchronized boolean disarm() throws OrtException {
        armed = false;
        boolean was = stopped;
        if (was) {
            stopped = false;
            options.setTerminate(false);
        }
        return was;
    }

    /** Stops the run if its time is over; true while there is still something to watch. */
    synchronized boolean stopIfLate(long now) throws OrtException {
        if (armed && now - deadlineNanos >= 0) {
            stop();
        }
        return armed;
    }

    /** Stops the run, if there is one. */
    synchronized void stop() throws OrtException {
        if (armed) {
            armed = false;
            stopped = true;
            options.setTerminate(true);
        }
    }

    @Override
    public synchronized void close() {
        armed = false;
        options.close();
        block.close();
    }
}
