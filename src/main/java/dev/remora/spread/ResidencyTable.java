package dev.remora.spread;

import dev.remora.protocol.CompactedTopic;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Residency;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What is warm on which partition, as far as {@code <endpoint>.residency} was read. Thread-safe. */
final class ResidencyTable implements CompactedTopic.Table {
    /** Figures that are not said again within this time are nobody's any more. */
    static final Duration FORGOTTEN = Duration.ofSeconds(150);

    private final Map<String, Heard> byPartition = new ConcurrentHashMap<>();
    private final LongSupplier nanos;

    ResidencyTable(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public void put(byte[] key, byte @Nullable [] value) {
        String partition = new String(key, StandardCharsets.UTF_8);
        Optional<Residency> residency = Residency.read(key, value);
        if (residency.isPresent()) {
            byPartition.put(partition, new Heard(residency.get(), nanos.getAsLong()));
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
        return Optional.ofNullable(byPartition.get(Integer.toString(partition))).map(Heard::residency);
    }

    /** All that was said. */
    List<Residency> all() {
        return byPartition.values().stream().map(Heard::residency).toList();
    }

    /** What the others than this instance said of a model within the last minutes. */
    Elsewhere elsewhere(ModelName model, String instance) {
        long now = nanos.getAsLong();
        Elsewhere all = Elsewhere.NONE;
        for (Heard each : byPartition.values()) {
            Residency said = each.residency;
            if (!said.instance().equals(instance) && now - each.nanos < FORGOTTEN.toNanos()) {
                all = all.and(
                        said.demand().getOrDefault(model, 0.0), said.waiting().getOrDefault(model, 0.0));
            }
        }
        return all;
    }

    /** What was said, and when we heard it: by our own clock, for those of others go otherwise. */
    private record Heard(Residency residency, long nanos) {}
}
