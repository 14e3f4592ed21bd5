package dev.remora.it.guarantee;

import dev.remora.launcher.TinyNet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A model that behaves in one way whatever it is asked: slow, failing, broken or missing. Thread-safe.
 *
 * @param name of the model
 * @param artifact uploaded under the name
 * @param failure in every reply; empty where the model adds to each number
 * @param added to each number
 */
record NamedSubject(String name, Optional<byte[]> artifact, Optional<Expectation> failure, int added)
        implements Subject {
    private static final int VALUES = 4;

    /** Takes long to answer: adds 1 to its numbers so many times. */
    static NamedSubject slow(String name, int turns) {
        return new NamedSubject(name, Optional.of(OddNets.counting(turns)), Optional.empty(), turns);
    }

    /** Loads, and fails when it runs. */
    static NamedSubject failing(String name) {
        return failing(name, Optional.of(OddNets.failing()), 424, "MODEL_ERROR");
    }

    /** Half a model. */
    static NamedSubject broken(String name, long seed) {
        byte[] whole = TinyNet.of(seed).onnx();
        return failing(name, Optional.of(Arrays.copyOf(whole, whole.length / 2)), 422, "MODEL_INVALID");
    }

    /** Not there. */
    static NamedSubject missing(String name) {
        return failing(name, Optional.empty(), 404, "MODEL_NOT_FOUND");
    }

    private static NamedSubject failing(String name, Optional<byte[]> artifact, int status, String code) {
        return new NamedSubject(name, artifact, Optional.of(new Expectation.Failure(status, code)), 0);
    }

    @Override
    public Question ask(SplittableRandom random) {
        float[] row = new float[VALUES];
        List<Float> sums = new ArrayList<>();
        for (int i = 0; i < row.length; i++) {
            row[i] = random.nextInt(1000);
            sums.add(row[i] + added);
        }
        return Question.row(row, random.nextInt(2), failure.orElse(new Expectation.Values(sums)));
    }
}
