package dev.remora.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The hot pieces one by one, in JMH: microseconds and bytes of heap for each call. */
final class MicroBench implements Bench {
    @Override
    public String name() {
        return "micro";
    }

    @Override
    public String question() {
        return "The hot pieces in JMH: codec, progress, pool hit path";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        Options jmh = new OptionsBuilder()
                .include("dev\\.remora\\..*Micro\\..*")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.MICROSECONDS)
                .forks(1)
                .warmupIterations(Math.min(3, options.rounds()))
                .measurementIterations(options.rounds())
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(TimeValue.seconds(1))
                .jvmArgsAppend(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + stack.folder(),
                        "-Djava.util.logging.config.file=" + ChildJvm.quietLogging(stack.folder()))
                .addProfiler("gc")
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build();
        Collection<RunResult> results = new Runner(jmh).run();
        for (RunResult result : results) {
            String prefix = "micro." + label(result.getParams().getBenchmark());
            Result<?> time = result.getPrimaryResult();
            report.put(
                    prefix + "_us",
                    new Report.Figure(
                            time.getScore(),
                            time.getStatistics().getMin(),
                            time.getStatistics().getMax()));
            Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
            if (bytes != null) {
                report.put(prefix + "_bytes", bytes.getScore());
            }
        }
    }

    /** Class and method: {@code CodecMicro.rawTiny} becomes {@code codec_raw_tiny}. */
    private static String label(String benchmark) {
        String[] parts = benchmark.split("\\.", -1);
        String name = parts[parts.length - 2].replace("Micro", "") + "_" + parts[parts.length - 1];
        return name.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
