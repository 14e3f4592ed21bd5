package dev.remora.it.container;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A user's runtime for a kind of artifact that ours do not know: a file {@code *.echo} that holds a number, the memory
 * that its model pretends to need. The model answers with its input. Immutable.
 */
@ApplicationScoped
public class EchoRuntime implements InferenceRuntime {
    @Override
    public String id() {
        return "echo";
    }

    @Override
    public boolean accepts(Path folder) {
        return !files(folder).isEmpty();
    }

    @Override
    public long estimateBytes(Path folder) {
        try {
            return Long.parseLong(Files.readString(files(folder).get(0)).strip());
        } catch (IOException | NumberFormatException e) {
            throw new RemoraException(ErrorCode.MODEL_INVALID, "The artifact is not a number of bytes: " + e);
        }
    }

    @Override
    public LoadedModel load(Path folder) {
        return new Echo(estimateBytes(folder));
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".echo")).toList();
        } catch (IOException e) {
            throw new RemoraException(ErrorCode.MODEL_INVALID, "The artifact cannot be read: " + e);
        }
    }

    private record Echo(long bytes) implements LoadedModel {
        @Override
        public Signature signature() {
            List<TensorSpec> x = List.of(new TensorSpec("x", DataType.FP32, List.of(-1L)));
            return new Signature(x, x);
        }

        @Override
        public OptionalLong measuredBytes() {
            return OptionalLong.of(bytes);
        }

        @Override
        public List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit) {
            return inputs;
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
