package dev.remora.intake;

import dev.remora.reply.ReplySender;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A run thread: takes a record or a few from the window, serves them, takes the next. Ends when the window is closed. */
final class RunLoop implements Runnable {
    private static final Duration ROOM_LIMIT = Duration.ofSeconds(1);

    private final Window window;
    private final RequestFlow flow;
    private final ReplySender replies;
    private final LongSupplier nanos;
    private volatile long begunNanos;
    private volatile boolean serving;

    RunLoop(Window window, RequestFlow flow, ReplySender replies, LongSupplier nanos) {
        this.window = window;
        this.flow = flow;
        this.replies = replies;
        this.nanos = nanos;
    }

    @Override
    public void run() {
        try {
            List<Work> works = next(null);
            while (!works.isEmpty()) {
                serve(works);
                works = next(works.get(works.size() - 1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whatever comes of them. */
    void serve(List<Work> works) {
        try {
            List<Work> rest = works;
            for (int served = -1; rest.size() > 1 && served != 0; rest = rest.subList(served, rest.size())) {
                begins();
                served = flow.serveTogether(rest);
            }
            for (Work work : rest) {
                begins();
                flow.serve(work);
            }
        } finally {
            serving = false;
        }
    }

    private void begins() {
        begunNanos = nanos.getAsLong();
        serving = true;
    }

    /** How long it has been at one record, or at several in one call; 0 while it waits for the next. Any thread. */
    long busyNanos() {
        return serving ? Math.max(0, nanos.getAsLong() - begunNanos) : 0;
    }

    /** Nothing is taken while replies have no place to wait. */
    private List<Work> next(@Nullable Work last) throws InterruptedException {
        while (!replies.hasRoom() && !window.closed()) {
            replies.awaitRoom(ROOM_LIMIT);
        }
        return window.take(last);
    }
}
