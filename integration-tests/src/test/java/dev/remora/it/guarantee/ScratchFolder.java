package dev.remora.it.guarantee;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that holds nothing but what a run wrote, marked as such so that no other one is ever deleted. */
final class ScratchFolder {
    private static final String MARK = ".remora-soak";

    private ScratchFolder() {}

    /** Empties the folder, or makes it. */
    static void renew(Path folder) throws IOException {
        if (Files.exists(folder)) {
            if (!Files.exists(folder.resolve(MARK)) && !isEmpty(folder)) {
                throw new IllegalArgumentException(
                        folder + " holds something else than an earlier run; name another one");
            }
            deleteAll(folder);
        }
        Files.createDirectories(folder);
        Files.createFile(folder.resolve(MARK));
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
