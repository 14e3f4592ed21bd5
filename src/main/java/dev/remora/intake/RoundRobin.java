package dev.remora.intake;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One record of each model in turn, so that a flood on one does not hold up the others. Guarded by the window's lock. */
final class RoundRobin implements Scheduler {
    private final Deque<ModelQueue> ring = new ArrayDeque<>();

    @Override
    public void ready(ModelQueue queue) {
        ring.addLast(queue);
    }

    @Override
    public void gone(ModelQueue queue) {
        ring.remove(queue);
    }

    @Override
    public @Nullable ModelQueue next() {
        return ring.pollFirst();
    }
}
