package dev.remora.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of ours in a JVM of its own, so that its CPU and memory are counted apart. It ends when this process does, even
 * when that is killed. Thread-safe.
 */
final class ChildJvm implements AutoCloseable {
    private static final String QUIET = """
            handlers=java.util.logging.ConsoleHandler
            .level=WARNING
            """;

    private final String name;
    private final Process process;
    private final Path log;
    private final BufferedReader answers;
    private final BufferedWriter lines;
    private final Fields ready;

    private ChildJvm(String name, Process process, Path log) throws IOException {
        this.name = name;
        this.process = process;
        this.log = log;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.lines = process.outputWriter(StandardCharsets.UTF_8);
        this.ready = answer();
    }

    /** Starts it and blocks until it says that it is ready. */
    static ChildJvm start(Path folder, String name, Class<?> main, List<String> jvm, Fields settings)
            throws IOException {
        Files.createDirectories(folder);
        Path logging = quietLogging(folder);
        Path log = folder.resolve(name + ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Djava.util.logging.config.file=" + logging);
        command.addAll(List.of(main.getName(), settings.line()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // Not on the command line: ONNX Runtime's telemetry overflows the stack on a long one.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        Process process = builder.start();
        boolean started = false;
        try {
            ChildJvm child = new ChildJvm(name, process, log);
            started = true;
            return child;
        } finally {
            if (!started) {
                process.destroyForcibly();
            }
        }
    }

    /** Settings of java.util.logging under which only trouble is written. */
    static Path quietLogging(Path folder) throws IOException {
        return Files.writeString(folder.resolve("logging.properties"), QUIET);
    }

    long pid() {
        return process.pid();
    }

    /** What it said when it was ready. */
    Fields ready() {
        return ready;
    }

    /** Has it do something; blocks until that is done. */
    synchronized Fields ask(Fields command) {
        try {
            lines.write(command.line());
            lines.newLine();
            lines.flush();
            return answer();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not answer; its log is " + log, e);
        }
    }

    private Fields answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(
                    name + " has ended with " + process.onExit().join().exitValue() + "; its log is " + log);
        }
        if (line.startsWith(ChildProgram.FAILED)) {
            throw new IOException(name + ": " + line.substring(ChildProgram.FAILED.length()));
        }
        return Fields.parse(line.substring(ChildProgram.DONE.length()));
    }

    @Override
    public void close() {
        try {
            lines.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
