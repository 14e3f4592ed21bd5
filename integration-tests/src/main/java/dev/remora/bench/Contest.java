package dev.remora.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Remora against a loop written by hand, both with the same models, as fast as each can. */
final class Contest {
    /** Always on their way: as many as Remora reads ahead. */
    static final int SATURATING = 2000;

    private static final int SESSIONS = 64;

    private final BenchStack stack;
    private final BenchOptions options;
    private final Subject remora;
    private final Subject loop;

    private Contest(BenchStack stack, BenchOptions options, Subject remora, Subject loop) {
        this.stack = stack;
        this.options = options;
        this.remora = remora;
        this.loop = loop;
    }

    /**
     * Starts both.
     *
     * @param models each one's name and bytes; all of them fit both at once
     */
    static Contest start(BenchStack stack, BenchOptions options, Map<String, byte[]> models) throws IOException {
        Path folder = Files.createDirectories(stack.folder().resolve("loop-models"));
        for (Map.Entry<String, byte[]> model : models.entrySet()) {
            Files.write(folder.resolve(model.getKey()), model.getValue());
            stack.upload("remora", model.getKey(), model.getValue());
        }
        Fields settings = Fields.none()
                .with("models", folder)
                .with("mode", options.mode().baseline())
                .with("capacity", SESSIONS);
        Subject loop = stack.baseline("loop", HandWrittenLoop.class, settings);
        Subject remora = stack.server("remora", options.mode(), Map.of()).subject();
        return new Contest(stack, options, remora, loop);
    }

    /** What each did in each round. */
    record Score(List<Trial> remora, List<Trial> loop) {
        Series throughputRatio() {
            return Series.ratio(remora, loop, Trial::perSecond);
        }
    }

    /** Warms both up and has them compete. */
    Score compete(String sample, List<String> models) throws Exception {
        Generator generator = stack.generator();
        for (Subject subject : List.of(remora, loop)) {
            generator.warmUp(subject, sample, models, options.warmUp());
        }
        Map<Subject, List<Trial>> trials = Rounds.interleaved(
                options.rounds(),
                List.of(remora, loop),
                subject -> generator.run(subject, Load.inFlight(sample, models, SATURATING, options.seconds())));
        return new Score(trials.getOrDefault(remora, List.of()), trials.getOrDefault(loop, List.of()));
    }
}
