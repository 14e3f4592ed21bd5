package dev.remora.pool;

import dev.remora.protocol.ModelName;

/**
 * What the window knows of a model's future: intake writes it, the pool reads it when it decides what to load first and
 * what to evict. Thread-safe: intake alone writes, and a reader that sees an older value decides a little worse, never
 * wrong.
 */
public final class Demand {
    /** {@link #nextUse} of a model that no waiting record needs. */
    public static final long NONE = Long.MAX_VALUE;

    private final ModelName model;
    private volatile long nextUse = NONE;
    private volatile int waiting;

    /** Of a model that nothing waits for yet. */
    public Demand(ModelName model) {
        this.model = model;
    }

    /** The model. */
    public ModelName model() {
        return model;
    }

    /** Place of the first of its waiting records in the order in which the window wants them, or {@link #NONE}. */
    public long nextUse() {
        return nextUse;
    }

    /** How many records wait for it. */
    public int waiting() {
        return waiting;
    }

    /** Says it anew. */
    public void update(long nextUse, int waiting) {
        this.nextUse = nextUse;
        this.waiting = waiting;
    }
}
