package dev.remora.spread;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.Route;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

/**
 * Who reads which partition of the invocation topic. Immutable.
 *
 * @param partitions how many there are; 0 when that is not known
 * @param owners by partition; empty while the group is about to deal them out anew
 */
record Topology(int partitions, Map<Integer, String> owners) {
    static final Topology NONE = new Topology(0, Map.of());

    /** So many numbers are tried per partition before the partitions are simply gone through. */
    private static final int TRIES = 8;

    Topology {
        owners = Map.copyOf(owners);
    }

    /** As the brokers describe it. */
    static Topology of(String topic, int partitions, ConsumerGroupDescription group) {
        Map<Integer, String> owners = new HashMap<>();
        if (group.groupState() == GroupState.STABLE) {
            for (MemberDescription member : group.members()) {
                for (TopicPartition each : member.assignment().topicPartitions()) {
                    if (each.topic().equals(topic)) {
                        owners.put(each.partition(), member.consumerId());
                    }
                }
            }
        }
        return new Topology(partitions, owners);
    }

    /** The next partition of a route: one of an instance that has none of it yet. The same for whoever asks. */
    OptionalInt next(Route route) {
        Set<String> taken = owners(route.partitions());
        if (taken.containsAll(owners.values())) {
            return OptionalInt.empty(); // as a rule that is why there is none, and all numbers would be tried in vain
        }
        for (int k = 1; k <= partitions * TRIES; k++) {
            int partition = probe(route.model(), k);
            if (free(route, taken, partition)) {
                return OptionalInt.of(partition);
            }
        }
        for (int partition = 0; partition < partitions; partition++) {
            if (free(route, taken, partition)) {
                return OptionalInt.of(partition);
            }
        }
        return OptionalInt.empty();
    }

    /** The route without partitions whose instance has an earlier one of it, or that nobody reads. */
    Route distinct(Route route) {
        List<Integer> kept = new ArrayList<>(List.of(route.home()));
        Set<String> seen = owners(kept);
        for (int partition : route.partitions()) {
            String owner = owners.get(partition);
            if (owner != null && seen.add(owner)) {
                kept.add(partition);
            }
        }
        return new Route(route.model(), route.partitionCount(), kept);
    }

    private boolean free(Route route, Set<String> taken, int partition) {
        String owner = owners.get(partition);
        return owner != null && !taken.contains(owner) && !route.partitions().contains(partition);
    }

    private Set<String> owners(Collection<Integer> of) {
        Set<String> found = new HashSet<>();
        for (int partition : of) {
            String owner = owners.get(partition);
            if (owner != null) {
                found.add(owner);
            }
        }
        return found;
    }

    private int probe(ModelName model, int k) {
        return ModelPartition.of((model.value() + '/' + k).getBytes(StandardCharsets.UTF_8), partitions);
    }
}
