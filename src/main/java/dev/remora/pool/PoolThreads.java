package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.Niceness;
import java.util.concurrent.ThreadFactory;

/** Makes the pool's threads, which give way to those that serve. Immutable. */
final class PoolThreads {
    private PoolThreads() {}

    /**
     * A thread of this name, not yet started.
     *
     * @throws RemoraException {@link ErrorCode#UNAVAILABLE} when the factory gives none
     */
    static Thread named(ThreadFactory threads, Runnable work, String name) {
        Thread thread = threads.newThread(Niceness.lowered(work));
        if (thread == null) {
            throw new RemoraException(ErrorCode.UNAVAILABLE, "No thread could be started for " + name + ".");
        }
        thread.setName(name);
        return thread;
    }
}
