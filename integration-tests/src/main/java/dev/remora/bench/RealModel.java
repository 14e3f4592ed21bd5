package dev.remora.bench;

import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** The models of the benchmarks: where each comes from, and what it takes. */
enum RealModel {
    /** A net of two layers that takes 4 numbers: what it costs is what we cost. */
    TINY("") {
        @Override
        List<RawTensor> inputs(Random random) {
            return List.of(RawTensor.noise("x", random, 1, 4));
        }
    },
    /** The same with a wide layer between: 200 kB, loaded in a millisecond. */
    NET("") {
        @Override
        List<RawTensor> inputs(Random random) {
            return TINY.inputs(random);
        }

        @Override
        byte[] made() {
            return TinyNet.ofBytes(200_000, SEED).onnx();
        }
    },
    /** Voice activity detection, 2.3 MB, 0.1 ms a run. */
    SILERO("silero_vad_v5.onnx") {
        @Override
        List<RawTensor> inputs(Random random) {
            return List.of(
                    RawTensor.noise("input", random, 1, 512),
                    RawTensor.floats("state", 0, 2, 1, 128),
                    RawTensor.whole("sr", random, 16_000, 16_000));
        }
    },
    /** Is a line of text upside down? 0.6 MB. */
    CLS("ch_ppocr_mobile_v2.0_cls_infer.onnx") {
        @Override
        List<RawTensor> inputs(Random random) {
            return List.of(RawTensor.noise("x", random, 1, 3, 48, 192));
        }
    },
    /** Where in a picture is text? 4.7 MB. */
    DET("ch_PP-OCRv4_det_infer.onnx") {
        @Override
        List<RawTensor> inputs(Random random) {
            return List.of(RawTensor.noise("x", random, 1, 3, 64, 64));
        }
    },
    /** Embedding of a sentence, 23 MB; comes with the launcher. */
    MINILM("/all-minilm-l6-v2-q.onnx") {
        @Override
        List<RawTensor> inputs(Random random) {
            return sentence(random);
        }
    },
    /** Embedding of a sentence, 34 MB; comes with the launcher. */
    BGE("/bge-small-en-v1.5-q.onnx") {
        @Override
        List<RawTensor> inputs(Random random) {
            return sentence(random);
        }
    };

    /** Of the weights of the tiny net. */
    private static final int SEED = 7;

    private final String source;

    RealModel(String source) {
        this.source = source;
    }

    /** The bytes of one that comes from no file. */
    byte[] made() {
        return TinyNet.of(SEED).onnx();
    }

    /** Different ones for each state of the random numbers. */
    abstract List<RawTensor> inputs(Random random);

    static RealModel named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** As requests and figures name it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether raw numbers alone say it all, so that no JSON goes before them. */
    boolean isFlat() {
        return this == TINY || this == NET;
    }

    /** Whether it lies in the folder of models, if it comes from there. */
    boolean isThere(Path models) {
        return source.isEmpty() || source.startsWith("/") || Files.isRegularFile(models.resolve(source));
    }

    /** Fails where it is not. */
    static void require(RealModel model, BenchOptions options) throws SkippedException {
        if (!model.isThere(options.models())) {
            throw new SkippedException(
                    model.source + " is not in " + options.models() + "; --models DIR says where it lies");
        }
    }

    /** The file, made or unpacked in a temporary folder if it is none of the folder's. */
    Path file(Path models) throws IOException {
        if (!source.isEmpty() && !source.startsWith("/")) {
            return models.resolve(source);
        }
        Path file = Files.createTempFile("remora-bench-", ".onnx");
        file.toFile().deleteOnExit();
        return Files.write(file, bytes(models));
    }

    byte[] bytes(Path models) throws IOException {
        if (source.isEmpty()) {
            return made();
        }
        if (!source.startsWith("/")) {
            return Files.readAllBytes(models.resolve(source));
        }
        try (InputStream in = RealModel.class.getResourceAsStream(source)) {
            if (in == null) {
                throw new IOException("Not on the class path: " + source);
            }
            return in.readAllBytes();
        }
    }

    /** Another model with the same answers: {@link Variant#of}. */
    byte[] variant(Path models, String id) throws IOException {
        return Variant.of(bytes(models), id);
    }

    private static List<RawTensor> sentence(Random random) {
        return List.of(
                RawTensor.whole("input_ids", random, 1000, 20_000, 1, 16),
                RawTensor.whole("attention_mask", random, 1, 1, 1, 16),
                RawTensor.whole("token_type_ids", random, 0, 0, 1, 16));
    }
}
