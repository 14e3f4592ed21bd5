package dev.remora.spread;

import dev.remora.protocol.CompactedTopic;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Residency;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is warm on which partition, as far as {@code <endpoint>.residency} was read. Thread-safe. */
final class ResidencyTable implements CompactedTopic.Table {
    private final Map<String, Residency> byPartition = new ConcurrentHashMap<>();

    @Override
    public void put(byte[] key, byte @Nullable [] value) {
        String partition = new String(key, StandardCharsets.UTF_8);
        Optional<Residency> residency = Residency.read(key, value);
        if (residency.isPresent()) {
            byPartition.put(partition, residency.get());
        } else {
            byPartition.remove(partition);
        }
    }

    @Override
    public void clear() {
        byPartition.clear();
    }

    /** What was last said of a partition. */
    Optional<Residency> of(int partition) {
        return Optional.ofNullable(byPartition.get(Integer.toString(partition)));
    }

    /** All that was said. */
    List<Residency> all() {
        return List.copyOf(byPartition.values());
    }

    /** How much of what one instance can do a model's records take at the others, as they said last. */
    double demandElsewhere(ModelName model, String instance) {
        return byPartition.values().stream()
                .filter(each -> !each.instance().equals(instance))
                .mapToDouble(each -> each.demand().getOrDefault(model, 0.0))
                .sum();
    }
}
