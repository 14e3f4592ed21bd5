package dev.remora.plugin;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Gauge;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricID;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Takes the two kinds of metrics that we register, and counts how often it is asked to. */
final class FakeRegistry implements InvocationHandler {
    private final Map<String, Supplier<Number>> series = new HashMap<>();
    int registrations;

    MetricRegistry registry() {
        return (MetricRegistry) Proxy.newProxyInstance(
                MetricRegistry.class.getClassLoader(), new Class<?>[] {MetricRegistry.class}, this);
    }

    double value(String name, String... tags) {
        return series.getOrDefault(key(name, Stream.of(tags)), () -> Double.NaN)
                .get()
                .doubleValue();
    }

    boolean has(String name, String... tags) {
        return series.containsKey(key(name, Stream.of(tags)));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Object invoke(Object proxy, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "counter":
                return counter(((Metadata) arguments[0]).getName(), (Tag[]) arguments[1]);
            case "gauge":
                return gauge(
                        ((Metadata) arguments[0]).getName(), (Supplier<Number>) arguments[1], (Tag[]) arguments[2]);
            case "remove":
                var id = (MetricID) arguments[0];
                return series.remove(key(id.getName(), texts(id.getTagsAsArray()))) != null;
            default:
                throw new UnsupportedOperationException(method.toString());
        }
    }

    private Counter counter(String name, Tag[] tags) {
        registrations++;
        var count = new AtomicLong();
        series.put(key(name, texts(tags)), count::get);
        return new Counter() {
            @Override
            public void inc() {
                inc(1);
            }

            @Override
            public void inc(long n) {
                count.addAndGet(n);
            }

            @Override
            public long getCount() {
                return count.get();
            }
        };
    }

    private Gauge<Number> gauge(String name, Supplier<Number> value, Tag[] tags) {
        registrations++;
        series.put(key(name, texts(tags)), value);
        return value::get;
    }

    private static Stream<String> texts(Tag[] tags) {
        return Stream.of(tags).map(tag -> tag.getTagName() + "=" + tag.getTagValue());
    }

    private static String key(String name, Stream<String> tags) {
        return name + tags.sorted().collect(Collectors.toList());
    }
}
