package dev.remora.launcher;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the quick start prints: plain lines, with a little weight where a terminal reads them. Thread-safe. */
final class Screen {
    private final PrintStream out;
    private final boolean styled;

    Screen(PrintStream out, boolean styled) {
        this.out = out;
        this.styled = styled;
    }

    /** A line. */
    void line(String text) {
        out.println(text);
    }

    /** Lines that are the same in kind, each with two spaces before it. */
    void lines(String text) {
        text.lines().forEach(line -> out.println(line.isEmpty() ? "" : "  " + line));
    }

    /** Text that stands out. */
    String bold(String text) {
        return styled ? "\u001b[1m" + text + "\u001b[0m" : text;
    }

    /** Text that steps back. */
    String dim(String text) {
        return styled ? "\u001b[2m" + text + "\u001b[0m" : text;
    }

    /** Begins something that takes a while: a dot for each two seconds until {@link Step#close}. */
    Step step(String text) {
        return new Step(text);
    }

    /** The seconds since, as one reads them. */
    static String since(long startNanos) {
        return String.format(
                Locale.ROOT,
                "%.1f s",
                Duration.ofNanos(System.nanoTime() - startNanos).toMillis() / 1000.0);
    }

    /** Something under way. Confined to the thread that began it. */
    final class Step implements AutoCloseable {
        private final long start = System.nanoTime();
        private final AtomicBoolean done = new AtomicBoolean();
        private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "screen");
            thread.setDaemon(true);
            return thread;
        });

        private Step(String text) {
            out.print("  " + text + " ");
            out.flush();
            var unused = ticks.scheduleAtFixedRate(this::tick, 2, 2, TimeUnit.SECONDS);
        }

        private void tick() {
            out.print(".");
            out.flush();
        }

        /** It is done: says how long it took, and what came of it. */
        void done(String result) {
            end(result.isEmpty() ? dim(since(start)) : result + "  " + dim(since(start)));
        }

        /** Ends the line, also when it was not done. */
        @Override
        public void close() {
            end("");
        }

        private void end(String text) {
            ticks.shutdownNow();
            if (done.compareAndSet(false, true)) {
                out.println(text.isEmpty() ? "" : " " + text);
            }
        }
    }
}
