package dev.remora.intake;

import dev.remora.intake.Window.Work;
import dev.remora.reply.ReplySender;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A run thread: takes a record from the window, serves it, takes the next. Ends when the window is closed. */
final class RunLoop implements Runnable {
    private static final Duration ROOM_LIMIT = Duration.ofSeconds(1);

    private final Window window;
    private final RequestFlow flow;
    private final ReplySender replies;

    RunLoop(Window window, RequestFlow flow, ReplySender replies) {
        this.window = window;
        this.flow = flow;
        this.replies = replies;
    }

    @Override
    public void run() {
        try {
            Work work = next();
            while (work != null) {
                flow.serve(work);
                work = next();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing is run whose reply would have no place to wait. */
    private @Nullable Work next() throws InterruptedException {
        while (!replies.hasRoom() && !window.closed()) {
            replies.awaitRoom(ROOM_LIMIT);
        }
        return window.take();
    }
}
