package dev.remora.spread;

import dev.remora.intake.Standing;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.Trouble;
import dev.remora.spread.Judge.Situation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spreads those hot models whose home is here, and has intake follow all routes that concern it. Confined to the control
 * thread, but for {@link #spreadModels}.
 */
final class Spreader implements Chore {
    private static final Logger LOG = LoggerFactory.getLogger(Spreader.class);
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final long FRESH_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long DOUBLE_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long UNSEEN_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long UNSAID_NANOS = Duration.ofSeconds(1).toNanos();

    private final SpreadSettings settings;
    private final RouteTable routes;
    private final Surroundings around;
    private final LongSupplier nanos;
    private final Trouble trouble;
    private final Map<ModelName, Care> cares = new HashMap<>();

    /** Outlives the care for a model, which ends with its route. */
    private final Map<ModelName, Calm> calms = new HashMap<>();

    private Map<ModelName, List<Integer>> lanes = Map.of();
    private @Nullable Topology topology;
    private long askedNanos;
    private long measuredNanos;
    private volatile int spreadModels;

    Spreader(SpreadSettings settings, RouteTable routes, Surroundings around, LongSupplier nanos) {
        this.settings = settings;
        this.routes = routes;
        this.around = around;
        this.nanos = nanos;
        this.trouble = new Trouble(LOG, nanos);
        this.measuredNanos = nanos.getAsLong() - FRESH_NANOS;
    }

    @Override
    public String name() {
        return "spreading of hot models";
    }

    @Override
    public Duration pause() {
        return PAUSE;
    }

    /** How many models are spread whose home is here. Any thread. */
    int spreadModels() {
        return spreadModels;
    }

    @Override
    public void turn(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        Standing standing = around.standing();
        Set<ModelName> models = concerned(standing);
        calms.entrySet()
                .removeIf(each ->
                        !models.contains(each.getKey()) && each.getValue().unchanged(nanos.getAsLong()));
        if (models.isEmpty()) {
            cares.clear();
            lead(Map.of());
            spreadModels = 0;
            return;
        }
        Topology now = topology(admin);
        if (now.partitions() > 0) {
            cares.keySet().retainAll(models);
            for (ModelName model : models) {
                if (atHome(model, standing, now)) {
                    careFor(model, standing, now);
                } else {
                    cares.remove(model);
                }
            }
            lead(lanes(standing, now));
            measure(admin);
        }
    }

    /** The others may be slower than is reckoned. */
    private void measure(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        Set<Integer> there = new HashSet<>();
        lanes.values().forEach(there::addAll);
        if (!there.isEmpty() && nanos.getAsLong() - measuredNanos >= FRESH_NANOS) {
            measuredNanos = nanos.getAsLong();
            around.measure(admin, there);
        }
    }

    /** Those that are spread, and those for which too much waits. */
    private Set<ModelName> concerned(Standing standing) {
        Set<ModelName> models = new TreeSet<>(Comparator.comparing(ModelName::value));
        routes.all().forEach(route -> models.add(route.model()));
        double enough = settings.limits().longestWait().toNanos() / 1e9;
        if (settings.limits().width() > 1) {
            standing.workload().byModel().forEach((model, seconds) -> {
                if (seconds > enough) {
                    models.add(model);
                }
            });
        }
        return models;
    }

    private Topology topology(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        Topology known = topology;
        if (known == null || nanos.getAsLong() - askedNanos >= FRESH_NANOS) {
            known = around.topology(admin);
            topology = known;
            askedNanos = nanos.getAsLong();
        }
        return known;
    }

    private boolean atHome(ModelName model, Standing standing, Topology now) {
        return standing.owned().containsKey(partition(ModelPartition.of(model, now.partitions())));
    }

    private void careFor(ModelName model, Standing standing, Topology now) {
        Route route = routes.find(model, now.partitions()).orElseGet(() -> Route.home(model, now.partitions()));
        Care care = cares.computeIfAbsent(model, each -> new Care(route));
        boolean isVoid =
                routes.all().stream().anyMatch(each -> each.model().equals(model) && !each.fits(now.partitions()));
        if (care.waits(route, isVoid)) {
            return;
        }
        Route wanted = care.wanted(route, standing, now);
        if (isVoid || !wanted.equals(route)) {
            announce(care, wanted, standing);
        }
    }

    private void announce(Care care, Route wanted, Standing standing) {
        TopicPartition home = partition(wanted.home());
        Long epoch = standing.owned().get(home);
        if (epoch == null) {
            return;
        }
        care.announced(wanted);
        byte[] value = wanted.isSpread() ? wanted.value() : null;
        LOG.info("Model {} is to be served by partitions {}.", wanted.model(), wanted.partitions());
        around.announce(home, epoch, new ProducerRecord<>(settings.routes(), wanted.key(), value))
                .whenComplete((said, failure) -> care.refusal = failure);
    }

    /** Where intake leaves records: to others only, and to each of them by one partition. */
    private Map<ModelName, List<Integer>> lanes(Standing standing, Topology now) {
        Map<ModelName, List<Integer>> next = new HashMap<>();
        int ours = 0;
        for (Route route : routes.all()) {
            if (!route.fits(now.partitions())) {
                continue;
            }
            if (standing.owned().containsKey(partition(route.home()))) {
                ours++;
                next.put(route.model(), settings.limits().enabled() ? others(route, standing, now) : List.of());
            } else if (route.partitions().stream()
                    .anyMatch(each -> standing.owned().containsKey(partition(each)))) {
                next.put(route.model(), List.of());
            }
        }
        spreadModels = ours;
        return next;
    }

    private List<Integer> others(Route route, Standing standing, Topology now) {
        Route usable = now.owners().isEmpty() ? route : now.distinct(route);
        List<Integer> others = new ArrayList<>();
        for (int each : usable.partitions()) {
            if (!standing.owned().containsKey(partition(each))) {
                others.add(each);
            }
        }
        return others;
    }

    private void lead(Map<ModelName, List<Integer>> next) {
        if (!next.equals(lanes)) {
            lanes = next;
            around.spread(next);
        }
    }

    private TopicPartition partition(int number) {
        return new TopicPartition(settings.invocations(), number);
    }

    /** What it needs of the rest of the instance and of the brokers. */
    interface Surroundings {
        Standing standing();

        /** See {@link dev.remora.intake.Intake#spread}. */
        void spread(Map<ModelName, List<Integer>> lanes);

        /** See {@link dev.remora.reply.ReplySender#announce}. */
        CompletionStage<Void> announce(TopicPartition home, long epoch, ProducerRecord<byte[], byte[]> route);

        /** Blocks on the brokers. */
        Topology topology(Admin admin) throws InterruptedException, ExecutionException, TimeoutException;

        /** Has intake know how many records wait on these partitions of other instances. Blocks on the brokers. */
        void measure(Admin admin, Set<Integer> partitions)
                throws InterruptedException, ExecutionException, TimeoutException;

        /** What the other instances say of a model. */
        Elsewhere elsewhere(ModelName model);
    }

    /** One model whose home is here. */
    private final class Care {
        private final Judge judge;
        private @Nullable Route announced;
        private volatile @Nullable Throwable refusal;
        private long announcedNanos;
        private @Nullable Long doubleSinceNanos;
        /** How wide the route was without what it loses as doubles, which is no narrowing. */
        private int widthBefore;

        Care(Route route) {
            Calm calm = calms.computeIfAbsent(route.model(), each -> new Calm());
            judge = new Judge(settings.limits().longestWait(), settings.limits().width(), calm);
            if (route.isSpread()) {
                judge.begins(nanos.getAsLong(), true);
            }
        }

        void announced(Route route) {
            announced = route;
            refusal = null;
            announcedNanos = nanos.getAsLong();
            judge.announced(announcedNanos, widthBefore, route.partitions().size());
        }

        /**
         * Whether a route that was announced is still to be seen, or was refused just now.
         *
         * @param isVoid whether the topic holds another one that the partitions no longer fit
         */
        boolean waits(Route now, boolean isVoid) {
            Route last = announced;
            if (last == null) {
                return false;
            }
            long since = nanos.getAsLong() - announcedNanos;
            Throwable failure = refusal;
            if (last.equals(now) && !isVoid) {
                trouble.over();
            } else if (since >= (failure == null || noRight(failure) ? UNSEEN_NANOS : UNSAID_NANOS)) {
                complain(last, failure);
            } else {
                return true;
            }
            announced = null;
            return false;
        }

        private void complain(Route route, @Nullable Throwable failure) {
            String what = "The route of the hot model " + route.model() + " was not published on '" + settings.routes()
                    + "' (" + (failure == null ? "not seen in time" : failure) + "); tried again.";
            if (failure != null && noRight(failure)) {
                trouble.is(
                        "no right",
                        what + " Grant the principal WRITE and DESCRIBE on this topic, or set"
                                + " remora.spread.enabled = false.");
            } else {
                trouble.is("not published", what);
            }
        }

        /** Whether it is for want of a right to this topic; the transaction may have ended for any other reason. */
        private boolean noRight(Throwable failure) {
            for (Throwable each = failure; each != null; each = each.getCause()) {
                if (each instanceof TopicAuthorizationException topics) {
                    return topics.unauthorizedTopics().isEmpty()
                            || topics.unauthorizedTopics().contains(settings.routes());
                }
                if (each instanceof AuthorizationException
                        || each instanceof RemoraException known && known.code() == ErrorCode.FORBIDDEN) {
                    return true;
                }
            }
            return false;
        }

        Route wanted(Route route, Standing standing, Topology now) {
            ModelName model = route.model();
            widthBefore = route.partitions().size();
            boolean hasDoubles = hasDoubles(route, now);
            double backlog = standing.workload().byModel().getOrDefault(model, 0.0);
            double demand = standing.demand().getOrDefault(model, 0.0);
            int width = judge.width(new Situation(
                    backlog,
                    standing.workload().busy(),
                    demand,
                    around.elsewhere(model),
                    route.partitions().size(),
                    nanos.getAsLong()));
            if (width > route.partitions().size()) {
                OptionalInt next = now.next(route);
                return next.isPresent() ? route.widened(next.getAsInt()) : route;
            }
            if (width < route.partitions().size()) {
                return new Route(
                        model, route.partitionCount(), route.partitions().subList(0, width));
            }
            if (!hasDoubles) {
                return route;
            }
            Route distinct = now.distinct(route);
            widthBefore = distinct.partitions().size();
            return distinct;
        }

        /** Partitions move: two of a route that one instance reads for long are one too many. */
        private boolean hasDoubles(Route route, Topology now) {
            if (now.owners().isEmpty() || now.distinct(route).equals(route)) {
                doubleSinceNanos = null;
                return false;
            }
            long time = nanos.getAsLong();
            long since = doubleSinceNanos == null ? time : doubleSinceNanos;
            doubleSinceNanos = since;
            return time - since >= DOUBLE_NANOS;
        }
    }
}
