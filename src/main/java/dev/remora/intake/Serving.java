package dev.remora.intake;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the poll thread and the run threads share. Immutable.
 *
 * @param settings how requests come in
 * @param parts what intake stands on
 * @param figures what it counts
 * @param window what waits
 * @param answers the way out
 * @param flow from the window to the way out
 * @param forwarder leaves records to other instances
 * @param epochs names each assignment of a partition, never twice: a late completion is known by it
 */
record Serving(
        IntakeSettings settings,
        Intake.Parts parts,
        IntakeCounters figures,
        Window window,
        Answers answers,
        RequestFlow flow,
        Forwarder forwarder,
        AtomicLong epochs) {

    private static final Duration LONGEST_HAND_OVER = Duration.ofSeconds(10);

    static Serving of(IntakeSettings settings, Intake.Parts parts) {
        IntakeCounters figures = new IntakeCounters();
        Window window = new Window(
                settings.lookaheadRecords(), settings.lookaheadBytes(), settings.runThreads(), parts.nanos());
        Answers answers = new Answers(parts.replies(), parts.pool(), figures, settings.instance(), parts.nanos());
        RequestFlow flow =
                new RequestFlow(window, parts.pool(), answers, settings.runTimeout(), parts.clock(), parts.nanos());
        Forwarder forwarder = new Forwarder(window, parts.replies(), settings.runThreads(), parts.nanos());
        return new Serving(settings, parts, figures, window, answers, flow, forwarder, new AtomicLong());
    }

    /** How long a partition that moves may wait for what runs: the whole group may wait with it. */
    Duration handOverLimit() {
        Duration limit = settings.shutdownTimeout();
        return limit.compareTo(LONGEST_HAND_OVER) < 0 ? limit : LONGEST_HAND_OVER;
    }
}
