package dev.remora.intake;

import org.jspecify.annotations.Nullable;

/** Whose record runs next. Called under the window's lock only. */
interface Scheduler {
    /** The queue's model is in memory and records wait for it. Once, until it is handed out or gone. */
    void ready(ModelQueue queue);

    /** The queue is no longer ready. */
    void gone(ModelQueue queue);

    /** Hands out the queue whose oldest record runs next, or null when none is ready. */
    @Nullable
    ModelQueue next();
}
