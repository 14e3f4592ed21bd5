package dev.remora.plugin;

import dev.remora.plugin.config.ConfigKeys;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.pool.InstanceFolder;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.BeforeDestroyed;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.annotation.RegistryScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of the endpoint in this application: starts it on a thread of its own, so that a broker or a store that is
 * away does not hold up the deployment, and stops it before its beans are destroyed. Thread-safe.
 */
@ApplicationScoped
public class Endpoint {
    private static final Logger log = LoggerFactory.getLogger(Endpoint.class);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile String startTrouble = "The endpoint is starting.";
    private volatile @Nullable RunningEndpoint serving;

    @Inject
    private ConfigExtension extension;

    @Inject
    private BeanManager beans;

    @Resource
    private ManagedThreadFactory threads;

    @Inject
    private LivingThreads living;

    @Inject
    @RegistryScope(scope = MetricRegistry.APPLICATION_SCOPE)
    private MetricRegistry registry;

    void begin(@Observes @Initialized(ApplicationScoped.class) Object event) {
        var starter = threads.newThread(this::start);
        starter.setName("remora-start");
        starter.start();
    }

    /** What serves, once it does. */
    Optional<RunningEndpoint> serving() {
        return Optional.ofNullable(serving);
    }

    /** Why it does not serve yet, and what mends it. */
    String startTrouble() {
        return startTrouble;
    }

    synchronized void end(@Observes @BeforeDestroyed(ApplicationScoped.class) Object event) {
        stopping.countDown();
        var running = serving;
        if (running != null) {
            // The logging of java.util is gone when the JVM shuts down; System.out is not.
            System.out.println(running.farewell(System::nanoTime));
        }
    }

    private void start() {
        var config = extension.config();
        try {
            while (!tryStart(config) && !stopping.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                log.debug("Starting again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether there is nothing left to try. */
    private boolean tryStart(EndpointConfig config) {
        try {
            var started = serve(config);
            if (started != null) {
                started.awaitPins();
            }
            return true;
        } catch (RemoraException e) {
            fail(e.getMessage() + " " + e.remedy());
            // A predecessor that is still draining holds the folder a while.
            return e.code() != ErrorCode.UNAVAILABLE;
        } catch (RuntimeException | LinkageError e) {
            fail("The endpoint did not start: " + e);
            log.error("The endpoint did not start", e);
            return true;
        }
    }

    /** Null when the application is being stopped already. */
    private synchronized @Nullable RunningEndpoint serve(EndpointConfig config) {
        if (stopping.getCount() == 0) {
            return null;
        }
        var folder = InstanceFolder.open(config.get(ConfigKeys.DISK_PATH), config.find(ConfigKeys.INSTANCE));
        serving = new RunningEndpoint(config, folder, new Contextual(beans), living, registry);
        return serving;
    }

    private synchronized void fail(String trouble) {
        if (stopping.getCount() == 0) {
            return;
        }
        if (!startTrouble.equals(trouble)) {
            startTrouble = trouble;
            log.error(trouble);
        }
        var running = serving;
        serving = null;
        if (running != null) {
            running.close();
        }
    }
}
