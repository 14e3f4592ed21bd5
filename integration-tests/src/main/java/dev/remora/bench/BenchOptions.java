package dev.remora.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the command line asks for. Immutable.
 *
 * @param benches names
 * @param rounds of each measurement, contenders in rotated order
 * @param seconds of each measurement
 * @param warmUp requests to each contender before the first round
 * @param models folder of the real models
 * @param mode of delivery where a figure names none
 * @param jvm options of every JVM under test, the baselines' too
 * @param serverJvm options of Remora's JVM beside them, such as a recording
 * @param json file for the results
 * @param docs whether the page of results is written anew
 */
record BenchOptions(
        List<String> benches,
        int rounds,
        double seconds,
        int warmUp,
        Path models,
        Mode mode,
        List<String> jvm,
        List<String> serverJvm,
        Optional<Path> json,
        boolean docs) {
    static final String USAGE = """
            ./integration-tests/bench NAME... [options]
              NAME                    one or more of: %s; all
              --json FILE             write the results there
              --docs                  write the results into docs/performance.md; with the name "none" those of FILE
              --rounds N              rounds of each measurement (5)
              --seconds N             seconds of each measurement (4)
              --warm-up N             requests before the first round, to each contender (30000), and as many
                                      again, for 120 s at most, until its JVM has compiled what it needs
              --quick                 one short round: whether it works, not what it measures
              --models DIR            where silero_vad_v5.onnx and the like lie (../shared/models)
              --delivery MODE         exactly-once (the default) or at-least-once
              --jvm "OPTIONS"         of every JVM under test, the baselines' too (-Xmx1g)
              --server-jvm "OPTIONS"  further ones of Remora's, such as -XX:StartFlightRecording=...
            """;

    BenchOptions {
        benches = List.copyOf(benches);
        jvm = List.copyOf(jvm);
        serverJvm = List.copyOf(serverJvm);
    }

    /** The file that results are in. */
    Path results() {
        return json.orElseThrow(() -> new IllegalArgumentException("--json FILE says where the results are"));
    }

    /** Paths are taken from where the command was called. */
    static BenchOptions parse(Path root, List<String> args) {
        Reader reader = new Reader(models(root));
        List<String> left = new ArrayList<>(args);
        while (!left.isEmpty()) {
            reader.read(left.remove(0), left);
        }
        return reader.options();
    }

    /** Beside the repository, or further up. */
    private static Path models(Path root) {
        for (Path folder = root.getParent(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("shared/models"))) {
                return folder.resolve("shared/models");
            }
        }
        return root.resolveSibling("shared/models");
    }

    /** While the arguments are read. */
    private static final class Reader {
        private final List<String> benches = new ArrayList<>();
        private int rounds = 5;
        private double seconds = 4;
        private int warmUp = 30_000;
        private Path models;
        private Mode mode = Mode.EXACTLY_ONCE;
        private List<String> jvm = List.of("-Xmx1g");
        private List<String> serverJvm = List.of();
        private Optional<Path> json = Optional.empty();
        private boolean docs;
        private Path from = Path.of("");

        Reader(Path models) {
            this.models = models;
        }

        void read(String arg, List<String> rest) {
            switch (arg) {
                case "--from" -> from = Path.of(value(arg, rest));
                case "--json" -> json = Optional.of(from.resolve(value(arg, rest)));
                case "--docs" -> docs = true;
                case "--rounds" -> rounds = Integer.parseInt(value(arg, rest));
                case "--seconds" -> seconds = Double.parseDouble(value(arg, rest));
                case "--warm-up" -> warmUp = Integer.parseInt(value(arg, rest));
                case "--quick" -> quick();
                case "--models" -> models = from.resolve(value(arg, rest));
                case "--delivery" -> mode = Mode.parse(value(arg, rest));
                case "--jvm" -> jvm = List.of(value(arg, rest).split(" +"));
                case "--server-jvm" -> serverJvm = List.of(value(arg, rest).split(" +"));
                default -> bench(arg);
            }
        }

        private void bench(String arg) {
            if (arg.startsWith("-")) {
                throw new IllegalArgumentException("There is no option " + arg);
            }
            benches.add(arg);
        }

        private void quick() {
            rounds = 1;
            seconds = 2;
            warmUp = 3000;
        }

        private static String value(String option, List<String> rest) {
            if (rest.isEmpty()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return rest.remove(0);
        }

        BenchOptions options() {
            return new BenchOptions(benches, rounds, seconds, warmUp, models, mode, jvm, serverJvm, json, docs);
        }
    }
}
