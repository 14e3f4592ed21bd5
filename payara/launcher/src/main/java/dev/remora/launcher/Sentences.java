package dev.remora.launcher;

import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Sentences as a BERT-like embedding model takes them, and how alike it finds them. Immutable. */
final class Sentences {
    private final WordPieces pieces;

    private Sentences(WordPieces pieces) {
        this.pieces = pieces;
    }

    static Sentences with(String tokenizer) throws IOException {
        return new Sentences(WordPieces.from(tokenizer));
    }

    /** The three inputs of one sentence, as tensors. */
    List<Tensor> tensors(String sentence) {
        long[] ids = pieces.ids(sentence);
        long[] shape = {1, ids.length};
        return List.of(
                Tensor.longs("input_ids", shape, ids),
                Tensor.longs("attention_mask", shape, ones(ids.length)),
                Tensor.longs("token_type_ids", shape, new long[ids.length]));
    }

    /** The same as JSON of the Open Inference Protocol V2. */
    String json(String sentence) {
        long[] ids = pieces.ids(sentence);
        return "{\"inputs\": [%s, %s, %s]}"
                .formatted(
                        input("input_ids", ids),
                        input("attention_mask", ones(ids.length)),
                        input("token_type_ids", new long[ids.length]));
    }

    /** One vector of length 1 for a whole sentence: the mean over its tokens. */
    static float[] mean(float[] hidden, int width) {
        float[] sum = new float[width];
        for (int i = 0; i < hidden.length; i++) {
            sum[i % width] += hidden[i];
        }
        return unit(sum);
    }

    /** How alike two sentences are: the cosine of the angle between their vectors of length 1. */
    static double likeness(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static float[] unit(float[] vector) {
        double length = Math.sqrt(likeness(vector, vector));
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }

    private static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static String input(String name, long[] values) {
        return "{\"name\": \"%s\", \"datatype\": \"INT64\", \"shape\": [1, %d], \"data\": [%s]}"
                .formatted(
                        name,
                        values.length,
                        Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(", ")));
    }
}
