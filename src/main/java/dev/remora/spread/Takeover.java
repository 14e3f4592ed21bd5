package dev.remora.spread;

import dev.remora.intake.Ownership;
import dev.remora.pool.ModelPool;
import dev.remora.pool.WarmModel;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Residency;
import dev.remora.protocol.RouteTable;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the pool what was warm on partitions that have just become ours: what their last owner said, be it another
 * instance or this one before its restart. Confined to the control thread.
 */
final class Takeover implements Chore {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final String instance;
    private final Supplier<Ownership> ownership;
    private final ResidencyTable table;
    private final BooleanSupplier tableIsCurrent;
    private final RouteTable routes;
    private final ModelPool pool;
    private final Clock clock;
    private final Map<Integer, Residency> taken = new HashMap<>();
    private Set<Integer> known = Set.of();

    Takeover(SpreadSettings settings, Warmth.Parts parts, ResidencyTable table, BooleanSupplier tableIsCurrent) {
        this.instance = settings.instance();
        this.ownership = parts.ownership();
        this.table = table;
        this.tableIsCurrent = tableIsCurrent;
        this.routes = parts.routes();
        this.pool = parts.pool();
        this.clock = parts.clock();
    }

    @Override
    public String name() {
        return "hand-over of warm models";
    }

    @Override
    public Duration pause() {
        return PAUSE;
    }

    @Override
    public void turn(Admin admin) {
        Ownership now = ownership.get();
        if (!tableIsCurrent.getAsBoolean() || now.partitionCount() == 0) {
            return;
        }
        taken.keySet().retainAll(now.partitions());
        List<Residency> news = new ArrayList<>();
        Set<Integer> gained = new HashSet<>(now.partitions());
        gained.removeAll(known);
        for (Residency each : table.all()) {
            boolean ours = now.partitions().contains(each.partition());
            boolean late = ours && !each.instance().equals(instance) && !each.equals(taken.get(each.partition()));
            boolean otherCount = each.partitionCount() != now.partitionCount();
            if (gained.contains(each.partition()) || late || (otherCount && !gained.isEmpty())) {
                news.add(each);
            }
            if (ours) {
                taken.put(each.partition(), each);
            }
        }
        known = now.partitions();
        handOver(news, now, gained.size());
    }

    private void handOver(List<Residency> news, Ownership now, int gained) {
        Map<ModelName, WarmModel> warm = new LinkedHashMap<>();
        for (Residency each : news) {
            for (Residency.Model model : Fading.now(each, clock.millis())) {
                if (leadsHere(model.model(), now)) {
                    WarmModel one = new WarmModel(model.model(), model.version(), model.heat());
                    warm.merge(model.model(), one, (a, b) -> a.heat() >= b.heat() ? a : b);
                }
            }
        }
        if (!warm.isEmpty()) {
            LOG.info("{} partitions came, {} models were warm there.", gained, warm.size());
            pool.handOver(List.copyOf(warm.values()));
        }
    }

    private boolean leadsHere(ModelName model, Ownership now) {
        return Places.of(model, routes, now.partitionCount()).stream().anyMatch(now.partitions()::contains);
    }
}
