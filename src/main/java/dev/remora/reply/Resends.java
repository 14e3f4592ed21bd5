package dev.remora.reply;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** What the brokers could not take for now, until it is sent again. Confined to the reply thread. */
final class Resends {
    static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Deque<Delayed> delayed = new ArrayDeque<>();
    private final Consumer<Completion> again;
    private final LongSupplier nanos;

    /** @param again checks and sends a reply anew */
    Resends(Consumer<Completion> again, LongSupplier nanos) {
        this.again = again;
        this.nanos = nanos;
    }

    void add(Completion completion) {
        delayed.add(new Delayed(completion, nanos.getAsLong()));
    }

    /** Sends what is due. */
    void turn() {
        long now = nanos.getAsLong();
        List<Completion> due = new ArrayList<>();
        while (!delayed.isEmpty() && now - delayed.peekFirst().sinceNanos >= PAUSE_NANOS) {
            due.add(delayed.removeFirst().completion);
        }
        due.forEach(again);
    }

    private record Delayed(Completion completion, long sinceNanos) {}
}
