package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The least recently used model leaves first. Confined to the pool's lock. */
public final class LruPolicy implements EvictionPolicy {
    private static final int REMEMBERED = 100_000;

    private final Map<ModelName, Long> lastUse = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ModelName, Long> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** With no history. */
    public LruPolicy() {}

    @Override
    public void used(ModelName model, long nowNanos) {
        // Taken out first, so that the map's order is that of use and the one it forgets is the oldest.
        lastUse.remove(model);
        lastUse.put(model, nowNanos);
    }

    @Override
    public void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos) {
        used(model, nowNanos);
    }

    @Override
    public List<ModelName> order(Collection<ModelName> candidates, long nowNanos) {
        List<ModelName> ordered = new ArrayList<>(candidates);
        ordered.sort(Comparator.comparingLong(model -> lastUse.getOrDefault(model, Long.MIN_VALUE)));
        return ordered;
    }
}
