package dev.remora.it.container;

import dev.remora.pool.EvictionPolicy;
import dev.remora.protocol.ModelName;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import jakarta.interceptor.Interceptor;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A user's policy in place of ours: the model that was used last leaves first. Confined to the pool's lock. */
@Alternative
@Priority(Interceptor.Priority.APPLICATION)
@ApplicationScoped
public class NewestLeaves implements EvictionPolicy {
    private final Map<ModelName, Long> lastUse = new HashMap<>();

    @Override
    public void used(ModelName model, long nowNanos) {
        lastUse.put(model, nowNanos);
    }

    @Override
    public void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos) {
        lastUse.put(model, nowNanos);
    }

    @Override
    public List<ModelName> order(Collection<ModelName> candidates, long nowNanos) {
        return candidates.stream()
                .sorted(Comparator.comparing((ModelName model) -> nowNanos - lastUse.getOrDefault(model, nowNanos)))
                .toList();
    }
}
