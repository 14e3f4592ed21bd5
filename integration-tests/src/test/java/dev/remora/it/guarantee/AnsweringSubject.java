package dev.remora.it.guarantee;

import dev.remora.launcher.TarGz;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** A net with a known answer to each of a few rows; now and then it is asked what no model could answer. Thread-safe. */
final class AnsweringSubject implements Subject {
    private static final int ROWS = 8;
    private static final int MALFORMED_ONE_IN = 50;
    private static final Expectation MALFORMED = new Expectation.Failure(400, "BAD_REQUEST");

    private final String name;
    private final TinyNet net;
    // Drawing the weights of a larger net takes milliseconds: only for rows that are asked, and once.
    private final AtomicReferenceArray<Expectation> answers = new AtomicReferenceArray<>(ROWS);

    AnsweringSubject(String name, TinyNet net) {
        this.name = name;
        this.net = net;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<byte[]> artifact() throws IOException {
        byte[] onnx = net.onnx();
        return Optional.of(name.endsWith(".tar.gz") ? TarGz.of(Map.of("model.onnx", onnx)) : onnx);
    }

    @Override
    public Question ask(SplittableRandom random) {
        int form = random.nextInt(2);
        int row = random.nextInt(ROWS);
        return switch (random.nextInt(2 * MALFORMED_ONE_IN)) {
            case 0 -> Question.json("{\"instances\":[[1,2", MALFORMED);
            case 1 -> Question.row(new float[] {1, 2}, form, MALFORMED);
            default -> Question.row(row(row), form, answer(row));
        };
    }

    private Expectation answer(int row) {
        Expectation answer = answers.get(row);
        if (answer == null) {
            List<Float> values = new ArrayList<>();
            for (float value : net.answer(row(row))) {
                values.add(value);
            }
            answer = new Expectation.Values(values);
            answers.set(row, answer);
        }
        return answer;
    }

    /** Exact in binary and short in text, and no two alike. */
    private static float[] row(int number) {
        return new float[] {0.25f * number, 1 - 0.5f * number, number, 0.5f};
    }
}
