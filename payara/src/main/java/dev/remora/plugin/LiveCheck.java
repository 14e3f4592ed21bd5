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
    @Inject
    private Endpoint endpoint;

    @Override
    public HealthCheckResponse call() {
        return endpoint.serving()
                .map(LiveCheck::call)
                .orElseGet(() -> HealthCheckResponse.named("remora-live").up().build());
    }

    private static HealthCheckResponse call(RunningEndpoint serving) {
        long now = System.nanoTime();
        var intake = serving.intake();
        var poll = Duration.ofNanos(now - intake.lastTurnNanos());
        var reply = Duration.ofNanos(now - serving.reply().lastTurnNanos());
        var longestRun = Duration.ofNanos(intake.longestRunNanos());
        var trouble = serving.liveRule().trouble(serving.missingThreads(), poll, reply, longestRun);
        var response = HealthCheckResponse.named("remora-live")
                .status(trouble.isEmpty())
                .withData("poll thread turned, seconds ago", poll.toSeconds())
                .withData("reply thread turned, seconds ago", reply.toSeconds())
                .withData("longest run, seconds", longestRun.toSeconds());
        trouble.ifPresent(reason -> response.withData("reason", reason));
        return response.build();
    }
}
