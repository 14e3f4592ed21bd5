package dev.remora.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command {@code integration-tests/bench}. */
final class BenchMain {
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final List<Bench> BENCHES = List.of(
            new EchoBench(),
            new LatencyBench(),
            new WarmBench(),
            new RotateBench(),
            new TinyBench(),
            new ColdBench(),
            new IsolationBench(),
            new HandoverBench(),
            new MemoryBench(),
            new DeliveryBench(),
            new SpreadBench(),
            new MicroBench());

    private final Path root;
    private final BenchOptions options;
    private final Report report = new Report();

    private BenchMain(Path root, BenchOptions options) {
        this.root = root;
        this.options = options;
    }

    /** Ends with 0 when all that was asked for was measured, 1 when not, 2 when the question was not understood. */
    public static void main(String[] args) throws IOException {
        Logger.getLogger("").setLevel(Level.WARNING);
        Path root = Path.of(System.getProperty("remora.root", ".")).toAbsolutePath();
        try {
            BenchOptions options = BenchOptions.parse(root, List.of(args));
            if (options.benches().equals(List.of("none"))) {
                new PerformancePage(root).write(ResultFile.read(options.results()));
            } else {
                System.exit(new BenchMain(root, options).run(chosen(options)));
            }
        } catch (IllegalArgumentException e) {
            String names = BENCHES.stream().map(Bench::name).collect(Collectors.joining(", "));
            System.err.println(e.getMessage() + "\n" + BenchOptions.USAGE.formatted(names));
            System.exit(2);
        }
    }

    private static List<Bench> chosen(BenchOptions options) {
        if (options.benches().equals(List.of("all"))) {
            return BENCHES;
        }
        List<Bench> chosen = new ArrayList<>();
        for (String name : options.benches()) {
            chosen.add(BENCHES.stream()
                    .filter(bench -> bench.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("There is no benchmark " + name)));
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("Which benchmark?");
        }
        return chosen;
    }

    private int run(List<Bench> benches) throws IOException {
        Map<String, String> settings = settings();
        for (Bench bench : benches) {
            System.out.println(bench.name() + ": " + bench.question());
            Instant start = Instant.now();
            try {
                bounded(bench);
            } catch (SkippedException e) {
                report.skipped(bench.name(), String.valueOf(e.getMessage()));
                System.out.println("  SKIPPED: " + e.getMessage());
            } catch (Exception e) {
                report.failed(bench.name(), e);
                System.out.println("  FAILED: " + e);
            }
            System.out.println("  took " + ChronoUnit.SECONDS.between(start, Instant.now()) + " s\n");
        }
        settings.put("load average at the end", Machine.loadAverage());
        ResultFile result = new ResultFile(report.figures(), settings, report.failures(), report.skipped());
        if (options.json().isPresent()) {
            result.write(options.json().get());
        }
        if (options.docs()) {
            new PerformancePage(root).write(result);
        }
        return report.failures().isEmpty() ? 0 : 1;
    }

    /** Runs it on servers of its own; when its time is over, they are ended and it fails. */
    private void bounded(Bench bench) throws Exception {
        Path folder = root.resolve("integration-tests/target/bench").resolve(bench.name());
        delete(folder);
        Files.createDirectories(folder);
        BenchStack stack = new BenchStack(root, folder, options);
        Thread hook = new Thread(stack::close, "end the servers");
        Runtime.getRuntime().addShutdownHook(hook);
        FutureTask<Void> task = new FutureTask<>(() -> {
            bench.run(stack, options, report);
            return null;
        });
        Thread thread = new Thread(task, bench.name());
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new IOException("not done after " + LIMIT.toMinutes() + " minutes", e);
        } finally {
            stack.close();
            thread.join(Duration.ofSeconds(10).toMillis());
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>(Machine.describe());
        settings.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        settings.put("load average at the start", Machine.loadAverage());
        settings.put("rounds", Integer.toString(options.rounds()));
        settings.put("seconds", Double.toString(options.seconds()));
        settings.put("warm-up requests", Integer.toString(options.warmUp()));
        settings.put("delivery", options.mode().configured());
        settings.put("JVM options", String.join(" ", options.jvm()));
        settings.put("further JVM options of Remora", String.join(" ", options.serverJvm()));
        settings.put("JVM options of the broker", String.join(" ", BenchStack.BROKER_JVM));
        settings.put("JVM options of the load generator", String.join(" ", Generator.JVM));
        settings.put("in flight when saturated", Integer.toString(Contest.SATURATING));
        settings.put("partitions", Integer.toString(BenchStack.PARTITIONS));
        return settings;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
