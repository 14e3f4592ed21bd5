package dev.remora.it.guarantee;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** What Linux knows of a process and of a folder. Immutable. */
final class ProcessFacts {
    private static final long BLOCK = 4096;
    private static final String DELETED = " (deleted)";
    private static final long KIB = 1024;

    private final Path proc;

    ProcessFacts(long process) {
        proc = Path.of("/proc", Long.toString(process));
    }

    int threads() {
        return (int) status("Threads");
    }

    long residentBytes() {
        return status("VmRSS") * KIB;
    }

    int openFiles() {
        try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
            return (int) files.count();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** Deleted files below a folder that the process has open or mapped. */
    int deletedFiles(Path folder) {
        Set<String> deleted = new HashSet<>();
        try (Stream<Path> files = Files.list(proc.resolve("fd"));
                Stream<String> maps = Files.lines(proc.resolve("maps"), StandardCharsets.ISO_8859_1)) {
            Stream<String> open = files.map(ProcessFacts::target);
            Stream<String> mapped = maps.map(line -> line.substring(Math.max(0, line.indexOf('/'))));
            Stream.concat(open, mapped)
                    .filter(file -> file.startsWith(folder.toString()) && file.endsWith(DELETED))
                    .forEach(deleted::add);
        } catch (IOException | UncheckedIOException e) {
            // it ended meanwhile
        }
        return deleted.size();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private long status(String name) {
        try (Stream<String> lines = Files.lines(proc.resolve("status"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.replaceAll("\\D", ""))
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** What the files of a folder take, in whole blocks, and how many there are. */
    static Usage usage(Path folder) throws IOException {
        long[] sums = new long[2];
        if (Files.exists(folder)) {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    sums[0] += (attributes.size() + BLOCK - 1) / BLOCK * BLOCK;
                    sums[1]++;
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path visited, @org.jspecify.annotations.Nullable IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        return new Usage(sums[0], (int) sums[1]);
    }

    /** What a folder holds. Immutable. */
    record Usage(long bytes, int files) {}
}
