package dev.remora.protocol;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The golden files: for each kind of payload what a client sends, and what the endpoint answers. */
enum Golden {
    V2_JSON("v2-json", "application/json", Golden.CLASSIFIER, ".json"),
    V2_BINARY("v2-binary", "application/octet-stream", Golden.CLASSIFIER, ".json"),
    INSTANCES("instances", "application/json", Golden.CLASSIFIER, ".json"),
    INSTANCES_KEYED("instances-keyed", "application/json", Golden.TWO_INPUTS, ".json"),
    CSV("csv", "text/csv", Golden.CLASSIFIER, ".csv"),
    RAW("raw", "application/octet-stream", Golden.ONE_OUTPUT, ".hex");

    private static final int CLASSIFIER = 0;
    private static final int TWO_INPUTS = 1;
    private static final int ONE_OUTPUT = 2;

    private static final TensorSpec X = new TensorSpec("x", DataType.FP32, List.of(-1L, 3L));
    private static final TensorSpec LABEL = new TensorSpec("label", DataType.INT64, List.of(-1L));
    private static final TensorSpec SCORE = new TensorSpec("score", DataType.FP32, List.of(-1L, 2L));

    private final String folder;
    private final String contentType;
    private final int model;
    private final String extension;

    Golden(String folder, String contentType, int model, String extension) {
        this.folder = folder;
        this.contentType = contentType;
        this.model = model;
        this.extension = extension;
    }

    Signature signature() {
        return switch (model) {
            case CLASSIFIER -> new Signature(List.of(X), List.of(LABEL, SCORE));
            case ONE_OUTPUT -> new Signature(List.of(X), List.of(SCORE));
            default ->
                new Signature(
                        List.of(
                                new TensorSpec("text", DataType.BYTES, List.of(-1L, 1L)),
                                new TensorSpec("lang", DataType.INT64, List.of(-1L))),
                        List.of(SCORE));
        };
    }

    /** What the request holds, whatever its kind. */
    List<Tensor> inputs() {
        if (model == TWO_INPUTS) {
            return List.of(
                    Tensor.strings("text", new long[] {2, 1}, "good", "bad"),
                    Tensor.longs("lang", new long[] {2}, 1, 2));
        }
        return List.of(Tensor.floats("x", new long[] {2, 3}, 1.5f, -2f, 0.25f, 3f, 0.4f, Float.NaN));
    }

    PayloadCodec.Answer answer() {
        Tensor label = Tensor.longs("label", new long[] {2}, 1, 0);
        Tensor score = Tensor.floats("score", new long[] {2, 2}, 0.25f, 0.75f, 0.5f, 0.5f);
        return new PayloadCodec.Answer(
                new ModelName("acme/churn.onnx"),
                "5d41402a",
                model == CLASSIFIER ? List.of(label, score) : List.of(score));
    }

    Invocation.Body request() {
        byte[] bytes = file("request");
        int headerLength = this == V2_BINARY ? text(folder + "/request.json").length() : -1;
        return new Invocation.Body(contentType, null, headerLength, bytes);
    }

    EncodedBody reply() {
        int headerLength = this == V2_BINARY ? text(folder + "/reply.json").length() : -1;
        return new EncodedBody(contentType, headerLength, file("reply"));
    }

    private byte[] file(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (extension.equals(".hex")) {
            bytes.writeBytes(hex(folder + "/" + name + ".hex"));
        } else {
            bytes.writeBytes(text(folder + "/" + name + extension).getBytes(StandardCharsets.UTF_8));
        }
        if (this == V2_BINARY) {
            bytes.writeBytes(hex(folder + "/" + name + ".hex"));
        }
        return bytes.toByteArray();
    }

    /** Hexadecimal, with comments. */
    private static byte[] hex(String path) {
        StringBuilder digits = new StringBuilder();
        text(path).lines().forEach(line -> digits.append(line.split("#", 2)[0].replace(" ", "")));
        return HexFormat.of().parseHex(digits);
    }

    /** A file's text; that of JSON without the newline at its end. */
    static String text(String path) {
        try (InputStream file = Golden.class.getResourceAsStream("/golden/" + path)) {
            if (file == null) {
                throw new AssertionError("There is no golden file " + path + " among " + Arrays.toString(values()));
            }
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return path.endsWith(".json") ? text.stripTrailing() : text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
