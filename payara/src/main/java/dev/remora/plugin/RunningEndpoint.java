package dev.remora.plugin;

import dev.remora.intake.Intake;
import dev.remora.intake.IntakeSnapshot;
import dev.remora.intake.Topics;
import dev.remora.plugin.config.ConfigKeys;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.pool.InstanceFolder;
import dev.remora.pool.ModelPool;
import dev.remora.pool.PoolSnapshot;
import dev.remora.pool.TieredModelPool;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySnapshot;
import dev.remora.runtime.MemoryReading;
import dev.remora.spread.Control;
import dev.remora.store.ModelStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An endpoint that serves: all its parts, put together here and closed in the opposite order. Thread-safe. */
final class RunningEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RunningEndpoint.class);
    private static final Duration WATCH_PAUSE = Duration.ofSeconds(10);
    private static final Duration PINS_LIMIT = Duration.ofSeconds(30);
    private static final Duration METRICS_PAUSE = Duration.ofSeconds(1);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final String instance;
    private final ModelPool pool;
    private final StoreWatch watch;
    private final ReplySender reply;
    private final Topics topics;
    private final Intake intake;
    private final LivingThreads threads;
    private final LiveRule liveRule;
    private final Control control;
    private final BusyModels busy = new BusyModels();
    private volatile boolean pinned;

    /** Starts every part. What was started is closed again when a later one does not start. */
    RunningEndpoint(
            EndpointConfig config,
            InstanceFolder folder,
            Contextual beans,
            LivingThreads threads,
            MetricRegistry registry) {
        var settings = new ServingSettings(config);
        this.threads = threads;
        liveRule = new LiveRule(config.get(ConfigKeys.RUN_TIMEOUT));
        instance = folder.id();
        parts.push(folder);
        boolean started = false;
        try {
            pool = opened(beans.one(ModelPool.class));
            watch = new StoreWatch(beans.one(ModelStore.class), config.get(ConfigKeys.DISK_PATH));
            opened(Pulse.start("remora-watch", WATCH_PAUSE, watch::look, threads));
            var codec = settings.codec(settings.reply(instance));
            reply = opened(ReplySender.start(
                    settings.reply(instance),
                    config.kafka().admin(),
                    settings.producer(),
                    codec,
                    threads,
                    System::nanoTime));
            var routes = new RouteTable();
            topics = opened(Topics.start(settings.topics(), config.kafka().admin(), threads, System::nanoTime));
            var around = new Intake.Parts(
                    pool, codec, PayloadCodecs.standard(), reply, routes, threads, Clock.systemUTC(), System::nanoTime);
            intake = opened(
                    Intake.start(settings.intake(instance), config.kafka().consumer(), this::mayRead, around));
            control = opened(Control.start(
                    settings.spread(instance),
                    new Control.Connections(
                            config.kafka().admin(),
                            config.kafka().consumer(),
                            config.kafka().producer()),
                    new Control.Parts(routes, intake, reply, pool, threads, Clock.systemUTC(), System::nanoTime)));
            var publisher = new MetricsPublisher(registry, config.get(ConfigKeys.ENDPOINT));
            opened(Pulse.start("remora-metrics", METRICS_PAUSE, () -> publisher.publish(figures()), threads));
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    /**
     * Waits for the pinned models, then lets requests in; others of them come later where the store is away.
     *
     * @throws RemoraException when they do not fit
     */
    void awaitPins() {
        if (pool instanceof TieredModelPool ours) {
            ours.awaitPins(PINS_LIMIT);
        }
        pinned = true;
    }

    /** Whether pinned models are waited for no longer. */
    boolean hasPins() {
        return pinned;
    }

    String instance() {
        return instance;
    }

    IntakeSnapshot intake() {
        return intake.snapshot();
    }

    ReplySnapshot reply() {
        return reply.snapshot();
    }

    PoolSnapshot pool() {
        return pool.snapshot();
    }

    StoreWatch watch() {
        return watch;
    }

    Topics topics() {
        return topics;
    }

    /** When it is better restarted. */
    LiveRule liveRule() {
        return liveRule;
    }

    /** Threads that have ended before their time. */
    Set<String> missingThreads() {
        return threads.missing();
    }

    private boolean mayRead() {
        return pinned && topics.ready();
    }

    private Figures figures() {
        var now = intake.snapshot();
        return new Figures(
                now, pool.snapshot(), reply.snapshot(), control.spreadModels(), MemoryReading.read(), busy.update(now));
    }

    /**
     * Closes it and says how that went.
     *
     * @param nanos a clock
     */
    String farewell(LongSupplier nanos) {
        long begin = nanos.getAsLong();
        long waiting = intake.snapshot().backlogRecords();
        long before = replies();
        close();
        long answered = replies() - before;
        long tenths = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - begin) / 100;
        return String.format(
                "Remora instance %s stopped in %d.%d s: %d records were answered meanwhile, %d that it had read are left to"
                        + " the next owner of their partitions.",
                instance, tenths / 10, tenths % 10, answered, Math.max(0, waiting - answered));
    }

    private long replies() {
        return reply.snapshot().byStatus().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Stops reading, answers what runs, hands the partitions over, and closes. Blocks, within the configured time. */
    @Override
    public void close() {
        threads.release();
        while (!parts.isEmpty()) {
            var part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                // The others are to be closed all the same.
                log.warn("Closing {} failed: {}", part.getClass().getSimpleName(), e.toString());
            }
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }
}
