package dev.remora.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The routes that hold now, as far as {@code <endpoint>.routes} was read. Thread-safe. */
public final class RouteTable implements CompactedTopic.Table {
    private final Map<String, Route> routes = new ConcurrentHashMap<>();

    /** No model is spread. */
    public RouteTable() {}

    /** Takes in a record; one that is not understood takes its model's route back. */
    @Override
    public void put(byte[] key, byte @Nullable [] value) {
        String name = new String(key, StandardCharsets.UTF_8);
        Optional<Route> route = Route.read(key, value).filter(Route::isSpread);
        if (route.isPresent()) {
            routes.put(name, route.get());
        } else {
            routes.remove(name);
        }
    }

    @Override
    public void clear() {
        routes.clear();
    }

    /** Whether there is a route for the model, void or not. */
    public boolean holds(ModelName model) {
        return routes.containsKey(model.value());
    }

    /** Where a model is spread to, while the topic has so many partitions; empty when its home serves it alone. */
    public Optional<Route> find(ModelName model, int partitionsNow) {
        return Optional.ofNullable(routes.get(model.value())).filter(route -> route.fits(partitionsNow));
    }

    /** Whether a model's records may lie on this partition: its home, or another one that its route names. */
    public boolean leads(ModelName model, int partition, int partitionsNow) {
        return ModelPartition.of(model, partitionsNow) == partition
                || find(model, partitionsNow)
                        .filter(route -> route.partitions().contains(partition))
                        .isPresent();
    }

    /** All routes beyond a home, void ones among them. */
    public List<Route> all() {
        return List.copyOf(routes.values());
    }
}
