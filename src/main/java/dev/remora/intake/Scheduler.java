package dev.remora.intake;

import dev.remora.protocol.ModelName;
import org.jspecify.annotations.Nullable;

/** Whose record runs next, among the models that are in memory. Guarded by the window's lock. */
interface Scheduler {
    /** The queue's model is in memory and records wait for it. Once, until it is handed out or gone. */
    void ready(ModelQueue queue);

    /** The queue is no longer ready. */
    void gone(ModelQueue queue);

    /**
     * Hands out the queue whose first record runs next, or null when none is ready.
     *
     * @param mostMicros what a run of its model may take; a queue that is far from its turn may be overlooked for it
     */
    @Nullable
    ModelQueue next(long mostMicros);

    /**
     * Whether who took the last record of this model, and so many of it in a row, takes its next one too, out of turn. The
     * queue is ready, and no other call hands it out.
     *
     * @param heldNanos since the first of those in a row was taken
     */
    boolean keeps(ModelQueue queue, int inRow, long heldNanos);

    /**
     * Records of this model have run for so long each.
     *
     * @param records that ran in one call
     * @param whole whether it ran to its end: a request that is refused says little of how long the others take
     */
    void ran(ModelName model, int records, long nanos, boolean whole);

    /** So many of its records are worth taking at once: they run in one call of the model. */
    void runsTogether(ModelName model, int records);

    /** How many of a model's records are worth taking at once; 1 where that is not known. */
    int together(ModelName model);

    /** How many records of this model have run, since it was first heard of. */
    long runs(ModelName model);

    /** What a run of this model takes; of one that has not run yet, what runs of the others take. At least 1. */
    long costMicros(ModelName model);

    /** What a run of any model takes. At least 1. */
    long typicalMicros();
}
