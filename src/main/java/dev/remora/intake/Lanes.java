package dev.remora.intake;

import dev.remora.intake.Window.Contents;
import dev.remora.protocol.ModelName;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of one spread model may go beside here, and how many have gone there. Guarded by the window's lock.
 *
 * <p>What waits elsewhere is reckoned: what was forwarded, less as many records as have run here since, for the others are
 * taken to be as fast as we. Now and then it is measured, and a lane that is longer than reckoned, for its owner is slow,
 * cold or busy, counts as that long. A record goes to whoever has the fewest waiting, and stays when that is
 * us. Several in a row go the same way, so that what is settled out of order stays a short list.
 */
final class Lanes {
    /** So much work stays here in any case: a short queue is no reason to go elsewhere. */
    private static final double FLOOR_MICROS = 200_000;

    private static final double STRETCH_MICROS = 100_000;
    private static final int LONGEST_STRETCH = 64;
    private static final double RATE_SECONDS = 3;
    private static final int HERE = -1;

    /** How long nothing goes to a partition that the brokers have not taken a record for. */
    private static final long CLOSED_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** More than may wait anywhere. */
    private static final long ENDLESS = Long.MAX_VALUE / 2;

    private final ModelName model;
    private final int runThreads;
    private final Map<Integer, Long> waitingThere = new HashMap<>();
    private final Map<Integer, Long> closedNanos = new HashMap<>();

    /** Closed ones that one record may go to, so that it is seen whether they take any. */
    private final Set<Integer> onTrial = new HashSet<>();

    private long runs;
    private long arrived;
    private long lookedNanos;
    private double perSecond;
    private int lane = HERE;
    private int left;

    Lanes(ModelName model, int runThreads, long runs, long nowNanos) {
        this.model = model;
        this.runThreads = runThreads;
        this.runs = runs;
        this.lookedNanos = nowNanos;
    }

    /** From now on it may go to these partitions; none means that it stays here. */
    void lead(List<Integer> partitions) {
        waitingThere.keySet().retainAll(partitions);
        closedNanos.keySet().retainAll(partitions);
        onTrial.retainAll(partitions);
        partitions.forEach(each -> waitingThere.putIfAbsent(each, 0L));
        left = 0;
    }

    /** So many records wait at least on these partitions, whoever sent them. */
    void measured(Map<Integer, Long> records) {
        waitingThere.replaceAll((partition, waiting) -> Math.max(waiting, records.getOrDefault(partition, 0L)));
        left = 0;
    }

    /**
     * For a while nothing goes there, and then one record, until that lies there: it counts as a lane without end.
     *
     * @return whether something could go there until now
     */
    boolean close(int partition, long nowNanos) {
        if (waitingThere.replace(partition, ENDLESS) == null) {
            return false;
        }
        left = 0;
        onTrial.remove(partition);
        return closedNanos.put(partition, nowNanos) == null;
    }

    /** A record lies there: if it was closed, it is open again. Whether it was closed. */
    boolean open(int partition) {
        onTrial.remove(partition);
        return closedNanos.remove(partition) != null && waitingThere.replace(partition, 1L) != null;
    }

    /** Whether one of them is. */
    boolean closed() {
        return !closedNanos.isEmpty();
    }

    private void tryAgain(long nowNanos) {
        closedNanos.forEach((partition, since) -> {
            if (nowNanos - since >= CLOSED_NANOS) {
                onTrial.add(partition);
            }
        });
    }

    /** A record for the model has come that nobody has forwarded. */
    void arrived() {
        arrived++;
    }

    /** Reckons what has passed. To be called several times a second. */
    void look(Contents window, long nowNanos) {
        long runsNow = window.turns().runs(model);
        long ran = Math.max(0, runsNow - runs);
        runs = runsNow;
        waitingThere.replaceAll((partition, waiting) -> Math.max(0, waiting - ran));
        tryAgain(nowNanos);
        double seconds = (double) (nowNanos - lookedNanos) / TimeUnit.SECONDS.toNanos(1);
        if (seconds > 0) {
            double weight = 1 - Math.exp(-seconds / RATE_SECONDS);
            perSecond += (arrived / seconds - perSecond) * weight;
            arrived = 0;
            lookedNanos = nowNanos;
        }
    }

    /** What share of an instance the records need that come here at first hand: 1 for all of its run threads. */
    double demand(Contents window) {
        return perSecond * window.turns().costMicros(model) / TimeUnit.SECONDS.toMicros(1) / runThreads;
    }

    /** The partition that the next record goes to, which is then reckoned to be there; null when it stays. */
    @Nullable
    Integer next(Contents window) {
        if (left == 0 || lane != HERE && !wants(window)) {
            lane = wants(window) ? shortest() : HERE;
            left = stretch(window);
        }
        left--;
        if (lane == HERE) {
            return null;
        }
        leaves(lane);
        return lane;
    }

    /** Whether a record had better go elsewhere. */
    boolean wants(Contents window) {
        return !waitingThere.isEmpty()
                && waiting(window) > floor(window)
                && (!onTrial.isEmpty() || Collections.min(waitingThere.values()) < waiting(window));
    }

    /** How many of the records that wait in the window had better be elsewhere. */
    int tooMany(Contents window) {
        long here = waiting(window);
        long inWindow = window.queues().waiting(model);
        long floor = floor(window);
        if (waitingThere.isEmpty()) {
            return 0;
        }
        long most = Math.max(here - Math.max(fair(here), floor), onTrial.isEmpty() ? 0 : 1);
        return (int) Math.max(0, Math.min(most, inWindow - floor));
    }

    /** How many would wait here if the waits were even; a lane that is longer than that gets none, and counts not. */
    private long fair(long here) {
        long sum = here;
        int places = 1;
        for (long there : waitingThere.values().stream().sorted().toList()) {
            if (there >= sum / places) {
                break;
            }
            sum += there;
            places++;
        }
        return sum / places;
    }

    /** The partition with the fewest, for a record that leaves in any case. */
    int shortestNext() {
        int partition = shortest();
        leaves(partition);
        return partition;
    }

    private long waiting(Contents window) {
        return window.queues().waiting(model) + window.deferred().records(model);
    }

    private void leaves(int partition) {
        if (onTrial.remove(partition)) {
            closedNanos.put(partition, lookedNanos);
            left = 0;
        } else {
            waitingThere.merge(partition, 1L, Long::sum);
        }
    }

    private int shortest() {
        if (!onTrial.isEmpty()) {
            return onTrial.iterator().next();
        }
        return Collections.min(waitingThere.entrySet(), Map.Entry.comparingByValue())
                .getKey();
    }

    private long floor(Contents window) {
        return Math.max(2L * runThreads, (long)
                (FLOOR_MICROS * runThreads / window.turns().costMicros(model)));
    }

    private int stretch(Contents window) {
        double records = STRETCH_MICROS * runThreads / window.turns().costMicros(model);
        return (int) Math.max(1, Math.min(LONGEST_STRETCH, records));
    }
}
