package dev.remora.bench;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.LoadedModel;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Models whose run waits instead of burning, so that several instances on one machine can serve as much as several machines
 * would. A model called {@code 20ms/anything} waits so long, then answers with what it was asked. Thread-safe.
 */
final class WaitingModels {
    private static final String VERSION = "v1";

    /** How many times as long as they should runs take in this process. */
    private static volatile double slowness = 1;

    private static final Duration FETCH = Duration.ofMillis(50);
    private static final Duration LOAD = Duration.ofMillis(50);
    private static final List<TensorSpec> ANY = List.of(new TensorSpec("x", DataType.UINT8, List.of(-1L)));

    private WaitingModels() {}

    /** From now on runs take so many times as long as they should. */
    static void slow(double times) {
        slowness = times;
    }

    /** The name of a model that waits. */
    static String name(Duration run, String rest) {
        return run.toMillis() + "ms/" + rest;
    }

    /** Has every model that is called so. */
    static final class Store implements ModelStore {
        @Override
        public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
            if (VERSION.equals(knownVersion)) {
                return Optional.empty();
            }
            byte[] bytes =
                    model.value().substring(0, model.value().indexOf("ms/")).getBytes(StandardCharsets.UTF_8);
            return Optional.of(new Copy(bytes));
        }

        @Override
        public String currentVersion(ModelName model) {
            return VERSION;
        }

        @Override
        public void check() {}

        @Override
        public void close() {}
    }

    @SuppressWarnings("ArrayRecordComponent") // written to a file, once
    private record Copy(byte[] content) implements Download {
        @Override
        public String version() {
            return VERSION;
        }

        @Override
        public long bytes() {
            return content.length;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            LockSupport.parkNanos(FETCH.toNanos());
            out.write(content);
        }

        @Override
        public void close() {}
    }

    /** Loads any of them. */
    static final class Runtime implements InferenceRuntime {
        private static final long BYTES = 100_000;

        @Override
        public String id() {
            return "waiting";
        }

        @Override
        public boolean accepts(Path folder) {
            return true;
        }

        @Override
        public long estimateBytes(Path folder) {
            return BYTES;
        }

        @Override
        public LoadedModel load(Path folder) {
            LockSupport.parkNanos(LOAD.toNanos());
            try (Stream<Path> files = Files.list(folder)) {
                Path file = files.findFirst().orElseThrow();
                return new Waiting(Duration.ofMillis(Long.parseLong(Files.readString(file))));
            } catch (IOException e) {
                throw new RemoraException(ErrorCode.MODEL_INVALID, "The artifact cannot be read.", "Look at it.", e);
            }
        }
    }

    private record Waiting(Duration run) implements LoadedModel {
        @Override
        public Signature signature() {
            return new Signature(ANY, ANY);
        }

        @Override
        public OptionalLong measuredBytes() {
            return OptionalLong.empty();
        }

        @Override
        public List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit) {
            long whole = (long) (run.toNanos() * slowness);
            long end = System.nanoTime() + whole;
            for (long left = whole; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            return inputs;
        }

        @Override
        public void close() {}
    }
}
