package dev.remora.plugin;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** {@code /health/started}: every part runs, and the topics were found once. Thread-safe. */
@Startup
@ApplicationScoped
public class StartedCheck implements HealthCheck {
    private volatile boolean started;

    @Inject
    private Endpoint endpoint;

    @Override
    public HealthCheckResponse call() {
        var trouble = endpoint.serving().map(StartedCheck::troubleOf).orElse(Optional.of(endpoint.startTrouble()));
        started |= trouble.isEmpty();
        var response = HealthCheckResponse.named("remora-started").status(started);
        if (!started) {
            response.withData("reason", trouble.orElse(""));
        }
        return response.build();
    }

    private static Optional<String> troubleOf(RunningEndpoint serving) {
        var topics = serving.topics();
        return topics.ready() || topics.trouble().isPresent()
                ? topics.trouble()
                : Optional.of("The topics are being looked for.");
    }
}
