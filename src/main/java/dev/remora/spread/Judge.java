package dev.remora.spread;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Says how many partitions one model should be spread over, from how it fares. Confined to the control thread.
 *
 * <p>It widens by one when the backlog has been too long for a second while the instance is saturated, and not again
 * before that has had time to show. What another instance cannot keep up with counts as well, once it has said so for
 * longer than it takes it to say otherwise. It narrows at once to what is needed when even the highest demand of the last
 * half minute, or of longer where that was too early before ({@link Calm}), would fit 60 % of what is left, and 80 % of each
 * one that has its records at first hand. The gap between the two keeps a burst, or a demand near a limit, from flapping.
 */
final class Judge {
    static final double SATURATED = 0.8;
    static final double FIT = 0.6;
    private static final Duration SUSTAIN = Duration.ofSeconds(1);
    private static final Duration SETTLE = Duration.ofSeconds(3);

    /** The others say something new every ten seconds at most, and measure over some. */
    private static final Duration HEARD = Duration.ofSeconds(15);

    private final double waitSeconds;
    private final int maxWidth;
    private final Calm calm;

    /** The most that was needed since each of these moments, the latest last: each higher than all after it. */
    private final Deque<Peak> peaks = new ArrayDeque<>();

    private @Nullable Long overNanos;
    private @Nullable Long overElsewhereNanos;
    private @Nullable Long changedNanos;
    private @Nullable Long widenedNanos;

    /**
     * A judge of one model.
     *
     * @param wait how much work may wait for it before it spreads
     * @param calm how long it must have needed less before it narrows, which is told of all changes
     */
    Judge(Duration wait, int maxWidth, Calm calm) {
        this.calm = calm;
        this.waitSeconds = wait.toNanos() / 1e9;
        this.maxWidth = maxWidth;
    }

    /**
     * It is announced anew, mostly for its width is another one from now on.
     *
     * @param widthBefore without the partitions that it loses for another reason than that it needs less
     */
    void announced(long nowNanos, int widthBefore, int widthNow) {
        if (widthNow != widthBefore) {
            calm.changed(nowNanos, widthNow > widthBefore);
        }
        begins(nowNanos, widthNow > widthBefore);
    }

    /**
     * We have just begun to look after it, at this width.
     *
     * @param wider whether the demand that made it so may not be known to us yet
     */
    void begins(long nowNanos, boolean wider) {
        changedNanos = nowNanos;
        overNanos = null;
        overElsewhereNanos = null;
        if (wider) {
            widenedNanos = nowNanos;
        }
    }

    /** The width that it should have now: the one that it has, one more, or fewer. */
    int width(Situation now) {
        note(now);
        if (tooLong(now)) {
            return now.width + 1;
        }
        return Math.min(now.width, Math.max(needed(now), 1));
    }

    private void note(Situation now) {
        if (widenedNanos == null && now.width > 1) {
            // Its route came to be without us, as when its home has just moved here.
            widenedNanos = now.nanos;
        }
        overNanos = since(now.backlogSeconds > waitSeconds && now.busy >= SATURATED, overNanos, now);
        overElsewhereNanos = since(now.elsewhere.waitingSeconds() > waitSeconds, overElsewhereNanos, now);
        double need = now.need();
        while (!peaks.isEmpty() && peaks.getLast().need <= need) {
            peaks.removeLast();
        }
        peaks.addLast(new Peak(now.nanos, need));
        while (now.nanos - peaks.getFirst().nanos > calm.nanos()) {
            peaks.removeFirst();
        }
    }

    private static @Nullable Long since(boolean is, @Nullable Long sinceNanos, Situation now) {
        return !is ? null : sinceNanos == null ? Long.valueOf(now.nanos) : sinceNanos;
    }

    private boolean tooLong(Situation now) {
        boolean here = passed(overNanos, SUSTAIN, now) && (changedNanos == null || passed(changedNanos, SETTLE, now));
        return now.width < maxWidth && (here || passed(overElsewhereNanos, HEARD, now));
    }

    /** How many would do; as many as there are while that is not certain. */
    private int needed(Situation now) {
        if (now.width > maxWidth) {
            return maxWidth;
        }
        double waits = Math.max(now.backlogSeconds, now.elsewhere.waitingSeconds());
        if (!passed(widenedNanos, Duration.ofNanos(calm.nanos()), now) || waits > waitSeconds / 2) {
            return now.width;
        }
        return (int) Math.ceil(peaks.getFirst().need - 1e-9);
    }

    private static boolean passed(@Nullable Long sinceNanos, Duration time, Situation now) {
        return sinceNanos != null && now.nanos - sinceNanos >= time.toNanos();
    }

    /**
     * How a model fares. Immutable.
     *
     * @param backlogSeconds of work that waits for it here
     * @param busy the share of their time that run threads here run
     * @param demand of those of its records that come here at first hand: 1 is all that this instance can do
     * @param elsewhere what the others say
     * @param width how many partitions it has now
     * @param nanos the time
     */
    record Situation(double backlogSeconds, double busy, double demand, Elsewhere elsewhere, int width, long nanos) {
        /** How many would do: for the sum, and so that none who gets its part at first hand gets too much of it. */
        private double need() {
            return Math.max((demand + elsewhere.demand()) / FIT, width * elsewhere.highest() / SATURATED);
        }
    }

    private record Peak(long nanos, double need) {}
}
