package dev.remora.it.guarantee;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that is known after a run. Immutable.
 *
 * @param requested where each request lies in the log, by request id; more than one place only if its producer doubled it
 * @param acknowledged ids whose producer was told that they are in the log
 * @param replies in the topic, read from its beginning after the run, committed ones
 * @param live replies as a reader saw them during the run
 * @param aborted replies in the topic that no reader of committed records sees
 * @param committed position of the group, by partition
 * @param deadLetters records in the topic of dead letters
 * @param hanging partitions of the replies with a transaction that never ended
 * @param health what was sampled of the instances
 * @param troubles what went wrong with the disturbances, deaths that nobody asked for among them
 */
record Evidence(
        Map<String, List<Place>> requested,
        Set<String> acknowledged,
        Sightings replies,
        Sightings live,
        long aborted,
        Map<Integer, Long> committed,
        List<String> deadLetters,
        List<String> hanging,
        HealthWatch health,
        List<String> troubles) {}
