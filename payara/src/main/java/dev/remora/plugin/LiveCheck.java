package dev.remora.plugin;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * {@code /health/live}: our own threads turn. A broker or a store that is away is no reason to restart. Thread-safe.
 */
@Liveness
@ApplicationScoped
public class LiveCheck implements HealthCheck {
    /** Longer than any call to a broker that a turn may have to wait for. */
    private static final Duration LONGEST_TURN = Duration.ofMinutes(3);

    @Inject
    private Endpoint endpoint;

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("remora-live");
        var serving = endpoint.serving();
        if (serving.isEmpty()) {
            return response.up().build();
        }
        long now = System.nanoTime();
        long poll =
                Duration.ofNanos(now - serving.get().intake().lastTurnNanos()).toSeconds();
        long reply =
                Duration.ofNanos(now - serving.get().reply().lastTurnNanos()).toSeconds();
        boolean turning = Math.max(poll, reply) < LONGEST_TURN.toSeconds();
        response.withData("poll thread turned, seconds ago", poll).withData("reply thread turned, seconds ago", reply);
        if (!turning) {
            response.withData("reason", "A thread of Remora hangs. Take a thread dump (jstack), then restart.");
        }
        return response.status(turning).build();
    }
}
