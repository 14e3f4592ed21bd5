package dev.remora.bench;

import java.util.List;
import java.util.Map;

/** How fast anything can be here: a bare consumer that echoes 1 KiB, plainly and in transactions. */
final class EchoBench implements Bench {
    private static final List<String> KEYS = List.of("a", "b", "c", "d", "e", "f", "g", "h");
    private static final int IN_FLIGHT = 512;

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String question() {
        return "The limit: a bare consumer that sends 1 KiB back, plainly and in transactions";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        List<Subject> echoes = List.of(stack.echo(Mode.AT_LEAST_ONCE), stack.echo(Mode.EXACTLY_ONCE));
        Generator generator = stack.generator();
        for (Subject echo : echoes) {
            generator.warmUp(echo, Samples.BLOB, KEYS, options.warmUp());
        }
        Map<Subject, List<Trial>> paced = Rounds.interleaved(
                options.rounds(),
                echoes,
                echo -> generator.run(echo, Load.paced(Samples.BLOB, KEYS, 1000, options.seconds())));
        Map<Subject, List<Trial>> saturated = Rounds.interleaved(
                options.rounds(),
                echoes,
                echo -> generator.run(echo, Load.inFlight(Samples.BLOB, KEYS, IN_FLIGHT, options.seconds())));
        paced.forEach((echo, trials) -> {
            String prefix = echo.name().replace("echo-", "echo.");
            report.put(prefix + "_p50_ms", Series.of(trials, Trial::p50));
            report.put(prefix + "_p99_ms", Series.of(trials, Trial::p99));
        });
        saturated.forEach((echo, trials) -> {
            String prefix = echo.name().replace("echo-", "echo.");
            report.put(prefix + "_per_s", Series.of(trials, Trial::perSecond));
            report.put(prefix + "_cpu_ms", Series.of(trials, Trial::cpuPerRequest));
            report.put(prefix + "_broker_cpu_ms", Series.of(trials, Trial::brokerCpuPerRequest));
        });
    }
}
