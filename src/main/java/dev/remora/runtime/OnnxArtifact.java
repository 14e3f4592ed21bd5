package dev.remora.runtime;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the one ONNX model in an artifact's folder: in the folder itself, below one directory that wraps everything, or in
 * the highest numeric version directory. Immutable.
 */
final class OnnxArtifact {
    private static final int MAX_DEPTH = 3;
    private static final int LISTED = 20;
    private static final Comparator<Path> BY_VERSION =
            Comparator.<Path>comparingInt(p -> name(p).length()).thenComparing(OnnxArtifact::name);
    /** What may follow {@code ir_version} in a serialized model: the tags of its fields, as protobuf writes them. */
    private static final Set<Integer> FIELDS_OF_A_MODEL = Set.of(0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72);

    private OnnxArtifact() {}

    /**
     * The model's file.
     *
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID} when there is none or more than one, with what is there
     */
    static Path find(Path folder) throws IOException {
        List<Path> models = search(folder);
        if (models.isEmpty()) {
            throw invalid("The artifact holds no ONNX model; it holds " + list(folder, everything(folder)) + ".");
        }
        if (models.size() > 1) {
            throw invalid("The artifact holds more than one ONNX model: " + list(folder, models) + ".");
        }
        return models.get(0);
    }

    private static List<Path> search(Path folder) throws IOException {
        Optional<Path> place = Optional.of(folder);
        for (int depth = 0; depth < MAX_DEPTH && place.isPresent(); depth++) {
            List<Path> models = models(place.get());
            if (!models.isEmpty()) {
                return models;
            }
            place = inner(place.get());
        }
        return List.of();
    }

    /** Whether there is something to load, or to refuse because there is more than one. */
    static boolean holdsModel(Path folder) throws IOException {
        return !search(folder).isEmpty();
    }

    /** Bytes of the model, or of everything where no single one is found. */
    static long bytes(Path folder) throws IOException {
        List<Path> models = search(folder);
        return models.size() == 1 ? bytesBeside(models.get(0)) : sum(folder);
    }

    /** Bytes of all that lies beside the model, itself included: its weights may be in files of their own. */
    static long bytesBeside(Path model) throws IOException {
        Path place = model.getParent();
        return place == null ? Files.size(model) : sum(place);
    }

    private static long sum(Path place) throws IOException {
        long bytes = 0;
        for (Path file : everything(place)) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    private static List<Path> models(Path place) throws IOException {
        List<Path> files = entries(place).stream().filter(Files::isRegularFile).collect(Collectors.toList());
        List<Path> named = files.stream().filter(f -> name(f).endsWith(".onnx")).collect(Collectors.toList());
        if (!named.isEmpty()) {
            return named;
        }
        files.removeIf(file -> !looksLikeModel(file));
        return files;
    }

    private static Optional<Path> inner(Path place) throws IOException {
        List<Path> directories =
                entries(place).stream().filter(Files::isDirectory).collect(Collectors.toList());
        Optional<Path> version = directories.stream()
                .filter(d -> name(d).matches("0|[1-9][0-9]{0,17}"))
                .max(BY_VERSION);
        return version.isPresent() || directories.size() != 1 ? version : Optional.of(directories.get(0));
    }

    /** What lies here, without the marks that file managers leave. */
    private static List<Path> entries(Path place) throws IOException {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.filter(p -> !name(p).startsWith(".") && !name(p).equals("__MACOSX"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    private static boolean looksLikeModel(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] first = in.readNBytes(3);
            return first.length == 3 && first[0] == 0x08 && first[1] > 0 && FIELDS_OF_A_MODEL.contains(first[2] & 0xFF);
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Path> everything(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
        }
    }

    private static String list(Path folder, List<Path> files) {
        if (files.isEmpty()) {
            return "no file";
        }
        String names = files.stream()
                .limit(LISTED)
                .map(f -> folder.relativize(f).toString())
                .collect(Collectors.joining(", "));
        return files.size() > LISTED ? names + " and " + (files.size() - LISTED) + " more" : names;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static RemoraException invalid(String message) {
        return new RemoraException(
                ErrorCode.MODEL_INVALID,
                message,
                "Upload one .onnx file, or an archive with exactly one in it (and its external data beside it).");
    }
}
