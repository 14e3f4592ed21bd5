package dev.remora.client;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.PartitionInfo;
import org.jspecify.annotations.Nullable;

/** Deals the requests of a hot model out to the partitions of its route. Confined to the thread that sends. */
final class RoundRobin {
    private final String topic;
    private final RouteTable routes;
    private final Producer<byte[], byte[]> producer;
    private final Map<ModelName, Integer> turns = new HashMap<>();

    RoundRobin(String topic, RouteTable routes, Producer<byte[], byte[]> producer) {
        this.topic = topic;
        this.routes = routes;
        this.producer = producer;
    }

    /**
     * The partition whose turn it is; null for a model that is not spread, which its key brings home. Of a spread one it
     * asks the producer how many partitions there are, which blocks only where sending would.
     */
    @Nullable
    Integer next(ModelName model) {
        if (!routes.holds(model)) {
            if (!turns.isEmpty()) {
                turns.remove(model);
            }
            return null;
        }
        List<PartitionInfo> partitions = producer.partitionsFor(topic);
        Route route = routes.find(model, partitions.size()).orElse(null);
        if (route == null) {
            return null;
        }
        int width = route.partitions().size();
        int turn = turns.merge(model, 1, (before, one) -> (before + one) % width) % width;
        return route.partitions().get(turn);
    }
}
