package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.spread.Judge.Situation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int MAX = 8;

    private final Judge judge = new Judge(Duration.ofSeconds(2), MAX, new Calm());
    private long nanos = 1;
    private int width = 1;
    private Elsewhere elsewhere = Elsewhere.NONE;

    @Test
    void aBacklogThatLastsWhileTheInstanceIsSaturatedWidens() {
        pass(Duration.ofSeconds(1), 2.1, 1, 2);
        assertThat(width).isEqualTo(1);

        pass(TICK, 2.1, 1, 2);

        assertThat(width).isEqualTo(2);
    }

    @Test
    void aBurstDoesNot() {
        for (int i = 0; i < 20; i++) {
            pass(Duration.ofMillis(900), 10, 1, 2);
            pass(TICK, 1.9, 1, 2);
        }

        assertThat(width).isEqualTo(1);
    }

    @Test
    void aBacklogThatIsWaitedForAndNotComputedDoesNot() {
        pass(Duration.ofMinutes(5), 100, 0.5, 2);

        assertThat(width).isEqualTo(1);
    }

    @Test
    void eachStepHasTimeToShow() {
        pass(Duration.ofSeconds(10), 50, 1, 5);

        assertThat(width).isBetween(2, 4);
    }

    @Test
    void itNarrowsToWhatIsNeededHalfAMinuteAfterTheFlood() {
        pass(Duration.ofSeconds(30), 50, 1, 5);
        int wide = width;
        pass(Duration.ofSeconds(29), 0, 0.1, 0.1);
        assertThat(width).isEqualTo(wide).isGreaterThan(4);

        pass(Duration.ofSeconds(2), 0, 0.1, 0.1);

        assertThat(width).isEqualTo(1);
    }

    @Test
    void itNarrowsByAsManyAsItCanWhileTheMeasuredDemandFallsSlowly() {
        pass(Duration.ofSeconds(30), 50, 1, 5);
        for (double demand = 5; demand > 0.1; demand *= 0.9) {
            pass(TICK, 0, 0.5, demand);
        }

        pass(Duration.ofSeconds(31), 0, 0.1, 0.1);

        assertThat(width).isEqualTo(1);
    }

    @Test
    void itStaysWhileMuchWaitsStill() {
        pass(Duration.ofSeconds(2), 50, 1, 5);
        pass(Duration.ofMinutes(2), 1.5, 1, 0);

        assertThat(width).isEqualTo(2);
    }

    @Test
    void itDoesNotNarrowToWhereItWouldWidenAgain() {
        pass(Duration.ofSeconds(2), 50, 1, 5);
        pass(Duration.ofMinutes(5), 0, 0.5, 0.7);
        assertThat(width).isEqualTo(2);

        pass(Duration.ofMinutes(1), 0, 0.5, 0.59);

        assertThat(width).isEqualTo(1);
    }

    @Test
    void aLowerLimitHoldsAtOnce() {
        width = MAX + 3;
        pass(TICK, 50, 1, 5);

        assertThat(width).isEqualTo(MAX);
    }

    @Test
    void aBacklogAtAnotherInstanceAloneWidensOnceItHasBeenSaidTwice() {
        width = 2;
        elsewhere = new Elsewhere(1.1, 1.1, 2.1);
        pass(Duration.ofSeconds(15), 0, 0.3, 0.3);
        assertThat(width).isEqualTo(2);

        pass(TICK, 0, 0.3, 0.3);
        assertThat(width).isEqualTo(3);

        pass(Duration.ofSeconds(15), 0, 0.3, 0.3);
        assertThat(width).isEqualTo(3);
    }

    @Test
    void aBurstAtAnotherInstanceDoesNot() {
        width = 2;
        for (int i = 0; i < 20; i++) {
            elsewhere = new Elsewhere(1, 1, 10);
            pass(Duration.ofSeconds(10), 0, 0.3, 0.3);
            elsewhere = new Elsewhere(1, 1, 0);
            pass(Duration.ofSeconds(10), 0, 0.3, 0.3);
        }

        assertThat(width).isEqualTo(2);
    }

    @Property(tries = 500)
    void itIsNeverOutOfBoundsAndNeverWidensByMoreThanOne(
            @ForAll @Size(max = 200) List<@DoubleRange(min = 0, max = 20) Double> backlogs,
            @ForAll @Size(max = 50) List<@DoubleRange(min = 0, max = 12) Double> demands,
            @ForAll @DoubleRange(min = 0, max = 1) double busy) {
        Judge any = new Judge(Duration.ofSeconds(2), MAX, new Calm());
        int now = 1;
        long time = 1;
        for (int i = 0; i < backlogs.size(); i++) {
            double demand = demands.isEmpty() ? 0 : demands.get(i % demands.size());
            int next = any.width(new Situation(backlogs.get(i), busy, demand, Elsewhere.NONE, now, time));

            assertThat(next).isBetween(1, Math.min(MAX, now + 1));
            if (next != now) {
                any.announced(time, now, next);
            }
            now = next;
            time += Duration.ofSeconds(1).toNanos();
        }
    }

    /** Instances that serve what they can: whatever the demand, after two minutes the width stays as it is. */
    @Property(tries = 300)
    void aSteadyDemandComesToRest(@ForAll @IntRange(min = 0, max = 75) int tenths) {
        double demand = tenths / 10.0;
        Judge steady = new Judge(Duration.ofSeconds(2), MAX, new Calm());
        List<Integer> widths = new ArrayList<>();
        int now = 1;
        long time = 1;
        double waiting = 0;
        for (int i = 0; i < 20 * 60 * 4; i++) {
            double perTick = TICK.toNanos() / 1e9;
            double busy = Math.min(1, (demand + waiting / perTick) / now);
            waiting = Math.max(0, waiting + (demand - now) * perTick);
            int next = steady.width(new Situation(waiting / now, busy, demand, Elsewhere.NONE, now, time));
            if (next != now) {
                steady.announced(time, now, next);
            }
            now = next;
            widths.add(now);
            time += TICK.toNanos();
        }

        List<Integer> late = widths.subList(5 * 60 * 4, widths.size());
        assertThat(late).as("demand %s", demand).containsOnly(late.get(0));
        assertThat(late.get(0)).isGreaterThanOrEqualTo((int) Math.ceil(demand));
    }

    /**
     * Clients that know the route deal their requests out evenly, and the second instance of it is slower than the others.
     * It says how it fares every ten seconds.
     */
    @Property(tries = 3000)
    void anInstanceThatIsSlowerThanTheOthersBringsItToRestToo(
            @ForAll @IntRange(min = 0, max = 30) int tenths, @ForAll @IntRange(min = 15, max = 100) int percent) {
        double demand = tenths / 10.0;
        double speed = percent / 100.0;
        Judge steady = new Judge(Duration.ofSeconds(2), MAX, new Calm());
        List<Integer> widths = new ArrayList<>();
        int now = 2;
        double waitingHere = 0;
        double waitingThere = 0;
        Elsewhere said = Elsewhere.NONE;
        double perTick = TICK.toNanos() / 1e9;
        for (int i = 0; i < 20 * 60 * 4; i++) {
            long time = 1 + i * TICK.toNanos();
            double share = demand / now;
            double busy = Math.min(1, share + waitingHere / perTick);
            waitingHere = Math.max(0, waitingHere + (share - 1) * perTick);
            waitingThere = now < 2 ? 0 : Math.max(0, waitingThere + (share / speed - 1) * perTick);
            if (i % 40 == 0) {
                said = now < 2
                        ? Elsewhere.NONE
                        : new Elsewhere(
                                share / speed + share * (now - 2), Math.max(share / speed, share), waitingThere);
            }
            int next = steady.width(new Situation(waitingHere, busy, share, said, now, time));
            if (next != now) {
                steady.announced(time, now, next);
            }
            now = next;
            widths.add(now);
        }

        List<Integer> late = widths.subList(10 * 60 * 4, widths.size());
        assertThat(late).as("demand %s, speed %s", demand, speed).containsOnly(late.get(0));
        boolean servable = now == MAX || now < 2 || demand / now <= speed + 1e-9;
        assertThat(servable)
                .as("width %s for demand %s, speed %s", now, demand, speed)
                .isTrue();
    }

    /** The models beside it leave it half of what it needs; another instance has room for it. */
    @Test
    void aHomeThatIsBusyWithOtherModelsWidensAndNarrowsLessAndLessOften() {
        List<Long> narrowings = new ArrayList<>();
        double waiting = 0;
        double perTick = TICK.toNanos() / 1e9;
        for (int i = 0; i < 60 * 60 * 4; i++) {
            waiting = Math.max(0, waiting + (width == 1 ? 0.2 : -0.2) * perTick);
            int before = width;
            pass(TICK, waiting, 1, 0.4);
            if (width < before) {
                narrowings.add(nanos);
            }
        }

        assertThat(narrowings).hasSizeBetween(3, 9);
        assertThat(narrowings.get(1) - narrowings.get(0))
                .isLessThan(Duration.ofMinutes(2).toNanos());
    }

    @Test
    void aFloodLongAfterTheLastIsOverAsSoonAsTheFirst() {
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofMillis(3_500), 50, 1, 5);
            assertThat(width).isEqualTo(2);
            pass(Duration.ofSeconds(31 << i), 0, 0.1, 0.1);
            assertThat(width).isEqualTo(1);
        }

        pass(Calm.FORGOTTEN, 0, 0.1, 0.1);
        pass(Duration.ofMillis(3_500), 50, 1, 5);
        assertThat(width).isEqualTo(2);
        pass(Duration.ofSeconds(31), 0, 0.1, 0.1);

        assertThat(width).isEqualTo(1);
    }

    /** As when the number of partitions changes, or two of a route are one instance's. */
    @Test
    void aRouteThatIsAnnouncedAnewInItsWidthHasNotNarrowed() {
        pass(Duration.ofSeconds(2), 50, 1, 5);
        judge.announced(nanos, width, width);
        pass(Duration.ofMillis(5_500), 50, 1, 5);
        int wide = width;
        assertThat(wide).isGreaterThan(2);

        pass(Calm.FIRST.plusSeconds(1), 0, 0.1, 0.1);

        assertThat(width).isEqualTo(1);
    }

    private void pass(Duration time, double backlog, double busy, double demand) {
        for (long left = time.toNanos(); left > 0; left -= TICK.toNanos()) {
            int next = judge.width(new Situation(backlog, busy, demand, elsewhere, width, nanos));
            if (next != width) {
                judge.announced(nanos, width, next);
                width = next;
            }
            nanos += TICK.toNanos();
        }
    }
}
