package dev.remora.spread;

import dev.remora.intake.Ownership;
import dev.remora.intake.Standing;
import dev.remora.pool.WarmModel;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Residency;
import dev.remora.protocol.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * Says on the residency topic what is warm on our partitions: when it has changed, a second later, at most every ten
 * seconds for each, and a last time before they move. Confined to the control thread.
 */
final class Announcer implements Chore {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** What changes rarely changes alone: a model that came is followed by others. */
    private static final long GATHER_NANOS = Duration.ofSeconds(1).toNanos();

    private static final long AGAIN_NANOS = Duration.ofSeconds(10).toNanos();
    /** Heat that has changed by less tells nobody anything new. */
    private static final double SAME_HEAT = 1.5;

    private static final double SAME_DEMAND = 0.05;
    /** Of less than that nothing is said. */
    private static final double LEAST_DEMAND = 0.01;
    /** What comes at first hand is enough, from here on, to be why more and more waits. */
    private static final double MUCH_DEMAND = 0.1;

    private static final double SAME_SECONDS = 0.5;

    /** Figures that hold are said again that often, so that those who hear them know that they still do. */
    private static final long REPEAT_NANOS = Duration.ofSeconds(60).toNanos();

    private final SpreadSettings settings;
    private final Warmth.Parts parts;
    private final ResidencyTable table;
    private final Sink sink;
    private final LongSupplier nanos;
    private final Map<Integer, Residency> said = new HashMap<>();
    private final Map<Integer, Long> saidNanos = new HashMap<>();
    private final Map<Integer, Long> changedNanos = new HashMap<>();

    Announcer(SpreadSettings settings, Warmth.Parts parts, ResidencyTable table, Sink sink, LongSupplier nanos) {
        this.settings = settings;
        this.parts = parts;
        this.table = table;
        this.sink = sink;
        this.nanos = nanos;
    }

    @Override
    public String name() {
        return "announcement of what is warm here";
    }

    @Override
    public Duration pause() {
        return PAUSE;
    }

    @Override
    public void turn(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        say(false);
    }

    @Override
    public void end() {
        try {
            say(true);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("What is warm here could not be said to the next owners", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        sink.close();
    }

    private void say(boolean last) throws InterruptedException, ExecutionException, TimeoutException {
        Ownership now = parts.ownership().get();
        long time = nanos.getAsLong();
        said.keySet().retainAll(now.partitions());
        saidNanos.keySet().retainAll(now.partitions());
        changedNanos.keySet().retainAll(now.partitions());
        if (now.partitionCount() == 0) {
            return;
        }
        List<Residency> news = new ArrayList<>();
        for (Residency each : residencies(now, parts.clock().millis())) {
            if (isNews(each, time, last)) {
                news.add(each);
            }
        }
        sink.send(news);
        for (Residency each : news) {
            said.put(each.partition(), each);
            saidNanos.put(each.partition(), time);
            changedNanos.remove(each.partition());
        }
    }

    private boolean isNews(Residency now, long time, boolean last) {
        if (!differs(now)) {
            changedNanos.remove(now.partition());
            return isToRepeat(now, time);
        }
        long changed = changedNanos.computeIfAbsent(now.partition(), each -> time);
        return last || time - changed >= GATHER_NANOS && sinceSaid(now, time) >= AGAIN_NANOS;
    }

    private long sinceSaid(Residency now, long time) {
        Long at = saidNanos.get(now.partition());
        return at == null ? Long.MAX_VALUE : time - at;
    }

    private List<Residency> residencies(Ownership now, long millis) {
        Map<Integer, Map<ModelName, Residency.Model>> models = new HashMap<>();
        now.partitions().forEach(each -> models.put(each, new LinkedHashMap<>(stillOfOthers(each, now, millis))));
        for (WarmModel warm : parts.pool().warm()) {
            for (int place : Places.of(warm.model(), parts.routes(), now.partitionCount())) {
                Map<ModelName, Residency.Model> there = models.get(place);
                if (there != null) {
                    there.put(warm.model(), new Residency.Model(warm.model(), warm.version(), warm.heat()));
                }
            }
        }
        Standing standing = parts.standing().get();
        Map<Integer, Set<ModelName>> spread = spread(now);
        List<Residency> all = new ArrayList<>();
        models.forEach((partition, there) -> all.add(new Residency(
                partition,
                now.partitionCount(),
                settings.instance(),
                now.generation(),
                millis,
                there.values().stream()
                        .sorted(Comparator.comparingDouble(Residency.Model::heat)
                                .reversed())
                        .toList(),
                demand(spread.getOrDefault(partition, Set.of()), standing),
                waiting(spread.getOrDefault(partition, Set.of()), standing))));
        return all;
    }

    /** What an earlier owner said and has not come yet must not be lost when the partition moves on. */
    private Map<ModelName, Residency.Model> stillOfOthers(int partition, Ownership now, long millis) {
        Map<ModelName, Residency.Model> models = new HashMap<>();
        table.of(partition)
                .filter(each -> each.partitionCount() == now.partitionCount())
                .ifPresent(each -> Fading.now(each, millis).forEach(model -> models.put(model.model(), model)));
        return models;
    }

    /** The spread models by the first partition of their route that is here: on that one we speak of them. */
    private Map<Integer, Set<ModelName>> spread(Ownership now) {
        Map<Integer, Set<ModelName>> spread = new HashMap<>();
        for (Route route : parts.routes().all()) {
            if (route.fits(now.partitionCount())) {
                route.partitions().stream()
                        .filter(now.partitions()::contains)
                        .findFirst()
                        .ifPresent(first -> spread.computeIfAbsent(first, each -> new HashSet<>())
                                .add(route.model()));
            }
        }
        return spread;
    }

    private static Map<ModelName, Double> demand(Set<ModelName> models, Standing standing) {
        Map<ModelName, Double> demand = new HashMap<>(standing.demand());
        demand.keySet().retainAll(models);
        demand.values().removeIf(share -> share < LEAST_DEMAND);
        return demand;
    }

    /** What was left to us and waits would wait as long if the model spread further: only what comes by itself counts. */
    private static Map<ModelName, Double> waiting(Set<ModelName> models, Standing standing) {
        Map<ModelName, Double> waiting = new HashMap<>();
        if (standing.workload().busy() >= Judge.SATURATED) {
            waiting.putAll(standing.workload().byModel());
            waiting.keySet().retainAll(models);
            waiting.keySet().removeIf(model -> standing.demand().getOrDefault(model, 0.0) < MUCH_DEMAND);
            waiting.values().removeIf(seconds -> seconds < SAME_SECONDS);
        }
        return waiting;
    }

    private boolean isToRepeat(Residency now, long time) {
        return !now.demand().isEmpty() && sinceSaid(now, time) >= REPEAT_NANOS;
    }

    private boolean differs(Residency now) {
        Residency last = lastSaid(now.partition());
        if (last == null) {
            return !now.models().isEmpty() || !now.demand().isEmpty();
        }
        return !last.instance().equals(now.instance())
                || last.generation() != now.generation()
                || last.partitionCount() != now.partitionCount()
                || differ(Fading.now(last, now.writtenMillis()), now.models())
                || differ(last.demand(), now.demand(), SAME_DEMAND)
                || differ(last.waiting(), now.waiting(), SAME_SECONDS);
    }

    /** Who had the partition before may have had a last word after ours: then ours is not what stands there. */
    private @Nullable Residency lastSaid(int partition) {
        Residency ours = said.get(partition);
        Residency stands = table.of(partition).orElse(null);
        return ours == null || stands != null && !stands.instance().equals(settings.instance()) ? stands : ours;
    }

    private static boolean differ(List<Residency.Model> before, List<Residency.Model> now) {
        Map<ModelName, Residency.Model> was = new HashMap<>();
        before.forEach(each -> was.put(each.model(), each));
        for (Residency.Model each : now) {
            Residency.Model one = was.remove(each.model());
            boolean same = one != null
                    && one.version().equals(each.version())
                    && one.heat() < each.heat() * SAME_HEAT
                    && each.heat() < one.heat() * SAME_HEAT;
            if (!same) {
                return true;
            }
        }
        return !was.isEmpty();
    }

    private static boolean differ(Map<ModelName, Double> before, Map<ModelName, Double> now, double same) {
        return !before.keySet().equals(now.keySet())
                || now.entrySet().stream()
                        .anyMatch(each -> Math.abs(before.getOrDefault(each.getKey(), 0.0) - each.getValue()) >= same);
    }

    /** Where it says so. */
    interface Sink {
        /** Blocks until the brokers have them all, some seconds at most. */
        void send(List<Residency> records) throws InterruptedException, ExecutionException, TimeoutException;

        void close();
    }
}
