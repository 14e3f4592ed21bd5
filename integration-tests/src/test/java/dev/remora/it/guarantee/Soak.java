package dev.remora.it.guarantee;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The long form, for the command line. Exit code 0 when each promise was kept, 1 when not, 2 for a wrong command line. */
final class Soak {
    private final PrintStream out;

    private Soak(PrintStream out) {
        this.out = out;
    }

    /** Runs a soak; what it takes is in {@link SoakOptions#USAGE}. The property {@code remora.root} names the repository. */
    public static void main(String[] words) throws IOException, InterruptedException {
        if (List.of(words).contains("--help")) {
            System.out.print(SoakOptions.USAGE);
            return;
        }
        try {
            Path root = Path.of(System.getProperty("remora.root", ".")).toAbsolutePath();
            System.exit(new Soak(System.out).run(new SoakOptions(words), root) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + SoakOptions.USAGE);
            System.exit(2);
        }
    }

    private boolean run(SoakOptions options, Path root) throws IOException, InterruptedException {
        Plan plan = plan(options, root);
        Map<String, String> config = new HashMap<>(options.config());
        String session = Long.toString(plan.sessionTimeout().toMillis());
        if (!config.getOrDefault("remora.kafka.consumer.group.protocol", "").equals("consumer")) {
            config.putIfAbsent("remora.kafka.consumer.session.timeout.ms", session);
        }
        ScratchFolder.renew(plan.folder());
        out.println("Logs and data in " + plan.folder());
        Load load = new Load(plan.seed(), plan.models());
        try (Site site = new Site(plan.folder(), plan.partitions())) {
            PayaraStarter.upload(load, site);
            PayaraStarter starter = new PayaraStarter(root, plan, site, config);
            Verdict verdict = new GuaranteeRun(plan, load, site, starter, out::println).run();
            String json =
                    options.text("json", plan.folder().resolve("soak.json").toString());
            Report.write(verdict, Path.of(json));
            out.println(verdict + "\nReport in " + json + "\n" + (verdict.kept() ? "All promises kept" : "NOT KEPT"));
            return verdict.kept();
        }
    }

    private static Plan plan(SoakOptions options, Path root) {
        String delivery = options.text("delivery", "exactly-once");
        if (!List.of("exactly-once", "at-least-once").contains(delivery)) {
            throw new IllegalArgumentException("--delivery is exactly-once or at-least-once, not " + delivery);
        }
        int kills = options.count("kills", 5);
        Plan.Disturbances disturbances = new Plan.Disturbances(
                kills,
                options.count("terminations", (kills + 2) / 3),
                options.count("freezes", 2),
                options.count("joins", 1),
                options.count("broker-restarts", 2),
                options.count("more-partitions", 1),
                options.count("store-faults", 7));
        return new Plan(
                options.count("records", 20_000),
                minutes(options.number("minutes", 10)),
                (long) options.number("seed", 1),
                delivery.equals("exactly-once"),
                Math.max(1, Math.min(6, options.count("instances", 3))),
                options.count("models", 200),
                options.count("partitions", 12),
                Duration.ofMillis((long) (options.number("session-timeout", 10) * 1000)),
                disturbances,
                minutes(options.number("drain-minutes", 5)),
                Duration.ofSeconds(10),
                Path.of(options.text(
                                "folder",
                                root.resolve("integration-tests/target/soak").toString()))
                        .toAbsolutePath());
    }

    private static Duration minutes(double minutes) {
        return Duration.ofMillis((long) (minutes * 60_000));
    }
}
