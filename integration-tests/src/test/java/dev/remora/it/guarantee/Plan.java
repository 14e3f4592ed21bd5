package dev.remora.it.guarantee;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What a run is to do. Immutable.
 *
 * @param records to send
 * @param over which time they are sent and the disturbances are spread
 * @param seed of all that is random; how threads and processes interleave is not
 * @param exactlyOnce whether a doubled reply is a violation
 * @param instances to begin with
 * @param models that answer; some that do not come on top
 * @param partitions of the requests, to begin with
 * @param sessionTimeout after which the group takes a silent instance for dead
 * @param disturbances how often each
 * @param drain how long replies may take after the last request and disturbance
 * @param settle how long a second reply is waited for, after the last first one
 * @param folder for all that is written
 */
record Plan(
        int records,
        Duration over,
        long seed,
        boolean exactlyOnce,
        int instances,
        int models,
        int partitions,
        Duration sessionTimeout,
        Disturbances disturbances,
        Duration drain,
        Duration settle,
        Path folder) {

    /** How often each disturbance happens; store faults take their kinds in turn. */
    record Disturbances(
            int kills,
            int terminations,
            int freezes,
            int joins,
            int brokerRestarts,
            int morePartitions,
            int storeFaults) {
        static final Disturbances NONE = new Disturbances(0, 0, 0, 0, 0, 0, 0);
    }

    /** What happens to instances and broker, in the seed's order. */
    List<Disturbance> mainLane() {
        List<Disturbance> lane = new ArrayList<>();
        lane.addAll(Collections.nCopies(disturbances.kills(), MemberDisturbances.kill()));
        lane.addAll(Collections.nCopies(disturbances.terminations(), MemberDisturbances.terminate()));
        lane.addAll(Collections.nCopies(disturbances.freezes(), MemberDisturbances.freeze()));
        lane.addAll(Collections.nCopies(disturbances.joins(), MemberDisturbances.join()));
        lane.addAll(Collections.nCopies(disturbances.brokerRestarts(), SiteDisturbances.restartBroker()));
        lane.addAll(Collections.nCopies(disturbances.morePartitions(), SiteDisturbances.addPartitions()));
        Collections.shuffle(lane, new Random(seed));
        return lane;
    }

    /** What happens to the store meanwhile. */
    List<Disturbance> storeLane() {
        Duration each = over.dividedBy(3L * Math.max(1, disturbances.storeFaults()));
        List<Disturbance> kinds = SiteDisturbances.storeFaults(each);
        List<Disturbance> lane = new ArrayList<>();
        for (int i = 0; i < disturbances.storeFaults(); i++) {
            lane.add(kinds.get(i % kinds.size()));
        }
        Collections.shuffle(lane, new Random(seed + 1));
        return lane;
    }

    String delivery() {
        return exactlyOnce ? "exactly-once" : "at-least-once";
    }
}
