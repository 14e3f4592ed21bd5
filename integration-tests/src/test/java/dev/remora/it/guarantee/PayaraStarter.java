package dev.remora.it.guarantee;

import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Starts real instances of the endpoint, with tiers far smaller than the models. Immutable. */
final class PayaraStarter implements Member.Starter {
    private final Path root;
    private final Plan plan;
    private final Site site;
    private final Map<String, String> config;

    /**
     * A starter.
     *
     * @param root of the repository, where the WAR is built
     * @param config of the endpoint, over what the plan says
     */
    PayaraStarter(Path root, Plan plan, Site site, Map<String, String> config) {
        this.root = root;
        this.plan = plan;
        this.site = site;
        this.config = Map.copyOf(config);
    }

    /** Puts the load's models where the instances look for them. */
    static void upload(Load load, Site site) throws IOException {
        for (Subject subject : load.subjects()) {
            if (subject.artifact().isPresent()) {
                site.s3().put(Site.BUCKET, subject.name(), subject.artifact().get());
            }
        }
    }

    @Override
    public Member start(String name) throws IOException {
        return PayaraMember.start(settings(name));
    }

    private InstanceSettings settings(String name) {
        Path folder = plan.folder().resolve("instances").resolve(name);
        Path launcher = root.resolve("payara/launcher/target");
        return InstanceSettings.of(name, folder, built(launcher.resolve("payara-micro.jar")), war())
                .with(Map.ofEntries(
                        Map.entry("remora.endpoint", Site.ENDPOINT),
                        Map.entry("remora.instance", name),
                        Map.entry("remora.models.location", "s3://" + Site.BUCKET + "/"),
                        Map.entry("remora.kafka.bootstrap.servers", site.bootstrap()),
                        Map.entry("remora.s3.endpoint", site.storeAddress()),
                        Map.entry("remora.s3.region", S3Server.REGION),
                        Map.entry("remora.disk.path", folder.resolve("disk").toString()),
                        Map.entry("remora.delivery", plan.delivery()),
                        Map.entry("remora.memory.max", "24MiB"),
                        Map.entry("remora.disk.max", "4MiB"),
                        Map.entry("remora.models.max-age", "20s"),
                        // Partitions that are added are read from the next look at the topic on.
                        Map.entry("remora.kafka.consumer.metadata.max.age.ms", "10000")))
                .with(config)
                .withEnvironment("AWS_ACCESS_KEY_ID", site.s3().keys().access())
                .withEnvironment("AWS_SECRET_ACCESS_KEY", site.s3().keys().secret())
                // Half the CPU of a start; there are many starts.
                .withJvm("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    private Path war() {
        return built(root.resolve("payara/target/remora.war"));
    }

    private static Path built(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalStateException(file + " is not built; run: mvn package -DskipTests");
        }
        return file;
    }
}
