package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShutdownTest {
    private static final int ENDED_BY_SIGTERM = 143;

    private final Path folder;

    ShutdownTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void servesRunsFailuresAndLoadsUntilTheLastHookReturns() throws Exception {
        Process process = fork(
                write("lookup", TinyNets.lookup()).toString(),
                write("slow", TinyNets.slow()).toString());
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> before = readUntilReady(output);

            process.toHandle().destroy(); // SIGTERM; Process.destroy would close the output too.
            String after = output.lines().collect(Collectors.joining("\n"));
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);

            assertThat(before).last().isEqualTo("ready");
            assertThat(ended).isTrue();
            assertThat(after).contains("drained");
            assertThat(process.exitValue()).isEqualTo(ENDED_BY_SIGTERM);
            assertThat(crashReports()).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }

    private Process fork(String... arguments) throws IOException {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                // Long enough to kill a process whose ONNX Runtime looks at its command line.
                                "-Dremora.test.padding=" + "x".repeat(20_000),
                                "-cp",
                                System.getProperty("java.class.path"),
                                DrainAtShutdown.class.getName()),
                        Stream.of(arguments))
                .toList();
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static List<String> readUntilReady(BufferedReader output) throws IOException {
        List<String> lines = new ArrayList<>();
        String line = output.readLine();
        while (line != null) {
            lines.add(line);
            line = line.equals("ready") ? null : output.readLine();
        }
        return lines;
    }

    private List<Path> crashReports() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith("hs_err"))
                    .toList();
        }
    }

    private Path write(String name, byte[] model) throws IOException {
        Path place = Files.createDirectories(folder.resolve(name));
        Files.write(place.resolve("model.onnx"), model);
        return place;
    }
}
