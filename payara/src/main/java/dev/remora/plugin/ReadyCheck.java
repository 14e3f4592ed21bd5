package dev.remora.plugin;

import dev.remora.intake.IntakeSnapshot;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** {@code /health/ready}: records come in, models can be fetched, replies leave. Thread-safe. */
@Readiness
@ApplicationScoped
public class ReadyCheck implements HealthCheck {
    @Inject
    private Endpoint endpoint;

    @Override
    public HealthCheckResponse call() {
        var serving = endpoint.serving();
        if (serving.isEmpty()) {
            return HealthCheckResponse.named("remora-ready")
                    .down()
                    .withData("reason", endpoint.startTrouble())
                    .build();
        }
        return call(serving.get());
    }

    private static HealthCheckResponse call(RunningEndpoint serving) {
        var intake = serving.intake();
        var troubles = Stream.of(
                        serving.topics().trouble(),
                        intake.trouble(),
                        unassigned(serving, intake),
                        serving.reply().trouble(),
                        serving.watch().trouble())
                .flatMap(Optional::stream)
                .distinct()
                .collect(Collectors.joining(" "));
        var response = HealthCheckResponse.named("remora-ready")
                .status(troubles.isEmpty())
                .withData("instance", serving.instance())
                .withData("partitions", intake.assignedPartitions())
                .withData("models in memory", serving.pool().loadedModels())
                .withData("records waiting", intake.backlogRecords());
        serving.topics().hints().ifPresent(hint -> response.withData("hint", hint));
        return (troubles.isEmpty() ? response : response.withData("reason", troubles)).build();
    }

    private static Optional<String> unassigned(RunningEndpoint serving, IntakeSnapshot intake) {
        if (!serving.topics().ready()) {
            return serving.topics().trouble().isPresent()
                    ? Optional.empty()
                    : Optional.of("The topics are being looked for.");
        }
        if (!serving.hasPins()) {
            return Optional.of("The models of remora.pool.pin are being loaded.");
        }
        return intake.assignedPartitions() > 0 || intake.trouble().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "No partition is assigned to this instance: the consumer group is not settled yet, or it has"
                                + " more instances than remora.topics.invocations has partitions.");
    }
}
