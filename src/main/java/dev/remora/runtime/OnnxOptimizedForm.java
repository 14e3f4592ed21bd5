package dev.remora.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * ONNX Runtime's own format, with the graph as its optimizer left it for this processor. Thread-safe.
 *
 * <p>It is loaded from its path like any model, not mapped: what is mapped can be neither truncated nor given back to the
 * disk while a session lives.
 */
final class OnnxOptimizedForm implements OptimizedForm {
    /** A smaller model loads within a millisecond. */
    private static final long SMALLEST_BYTES = 128L << 10;
    /** Writing takes the model's size several times over in memory. */
    private static final long LARGEST_BYTES = 256L << 20;
    /** To be changed with the options of {@link OnnxRuntime#options}. */
    private static final String OPTIONS = "1";

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    /** What a kernel calls a processor's kind and abilities, on x86-64 and on arm64. */
    private static final Set<String> KIND =
            Set.of("model name", "flags", "Features", "CPU implementer", "CPU architecture", "CPU variant", "CPU part");

    private final OnnxRuntime runtime;
    private final String key;

    OnnxOptimizedForm(OnnxRuntime runtime, String version) {
        this.runtime = runtime;
        this.key = "onnx-" + version + "-" + OPTIONS + "-" + processor();
    }

    /** The optimizer writes code for what the first processor can do. */
    private static String processor() {
        return Platform.ARCH + "-" + UUID.nameUUIDFromBytes(kind().getBytes(StandardCharsets.UTF_8));
    }

    private static String kind() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.takeWhile(line -> !line.isBlank())
                    .filter(line -> KIND.contains(line.replaceAll("\\s*:.*", "")))
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public boolean write(Path folder, Path file) {
        try {
            Path model = OnnxArtifact.find(folder);
            long bytes = Files.size(model);
            boolean alone = OnnxArtifact.bytesBeside(model) == bytes;
            if (!alone || bytes < SMALLEST_BYTES || bytes > LARGEST_BYTES) {
                return false;
            }
            runtime.write(model, file);
            return true;
        } catch (IOException e) {
            throw OnnxRuntime.unreadable(e);
        }
    }

    @Override
    public LoadedModel load(Path file) {
        return runtime.loadOptimized(file);
    }

    static OrtSession.SessionOptions toWrite(Path file) throws OrtException {
        OrtSession.SessionOptions options = OnnxRuntime.options();
        options.addConfigEntry("session.save_model_format", "ORT");
        options.setOptimizedModelFilePath(file.toString());
        return options;
    }

    static OrtSession.SessionOptions toLoad() throws OrtException {
        OrtSession.SessionOptions options = OnnxRuntime.options();
        options.addConfigEntry("session.load_model_format", "ORT");
        return options;
    }
}
