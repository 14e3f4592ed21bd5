package dev.remora.plugin;

import dev.remora.plugin.Metric.Kind;
import dev.remora.plugin.Metric.Sample;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricID;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.MetricUnits;
import org.eclipse.microprofile.metrics.Tag;

/**
 * Carries figures into a metric registry. Counters take what was added since the last time, gauges the value itself; a
 * series whose tags are no longer there, such as a model that is busy no more, leaves. Confined to one thread at a time.
 */
final class MetricsPublisher {
    private final MetricRegistry registry;
    private final Tag endpoint;
    private final Map<MetricID, Series> series = new HashMap<>();

    MetricsPublisher(MetricRegistry registry, String endpoint) {
        this.registry = registry;
        this.endpoint = new Tag("endpoint", endpoint);
    }

    /** Publishes the figures. Registering is slow, so it happens once for each series. */
    void publish(Figures figures) {
        Set<MetricID> present = new HashSet<>();
        for (var metric : MetricCatalogue.all()) {
            metric.read().apply(figures).forEach(sample -> {
                var id = id(metric, sample);
                present.add(id);
                series.computeIfAbsent(id, absent -> register(metric, id)).set(sample.value());
            });
        }
        retain(present);
    }

    private void retain(Set<MetricID> present) {
        series.keySet().removeIf(id -> !present.contains(id) && registry.remove(id));
    }

    private MetricID id(Metric metric, Sample sample) {
        var tags = IntStream.range(0, metric.tags().size())
                .mapToObj(at -> new Tag(metric.tags().get(at), sample.tags().get(at)));
        var all = Stream.concat(Stream.of(endpoint), tags).toArray(Tag[]::new);
        return new MetricID(metric.name(), all);
    }

    private Series register(Metric metric, MetricID id) {
        var metadata = Metadata.builder()
                .withName(metric.name())
                .withDescription(metric.sentence())
                // The unit is in the name: a unit given here would be converted and appended.
                .withUnit(MetricUnits.NONE)
                .build();
        var tags = id.getTagsAsList().toArray(Tag[]::new);
        if (metric.kind() == Kind.COUNTER) {
            return new Growing(registry.counter(metadata, tags));
        }
        var value = new AtomicLong();
        registry.gauge(metadata, () -> Double.longBitsToDouble(value.get()), tags);
        return now -> value.set(Double.doubleToLongBits(now));
    }

    /** Where the values of one series go. */
    private interface Series {
        void set(double value);
    }

    private static final class Growing implements Series {
        private final Counter counter;
        private long seen;

        Growing(Counter counter) {
            this.counter = counter;
            // After a redeployment the registry may still have it.
            this.seen = counter.getCount();
        }

        @Override
        public void set(double value) {
            long now = (long) value;
            if (now > seen) {
                counter.inc(now - seen);
            }
            seen = now;
        }
    }
}
