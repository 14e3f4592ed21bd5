package dev.remora.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Payara Micro with the WAR, as a process of its own that listens on the loopback address only. Thread-safe. Nobody ends
 * it when this process is killed hard; {@link #close} does.
 */
public final class PayaraInstance implements AutoCloseable {
    /** Payara Micro goes on without an application that did not deploy, and says so nowhere else. */
    private static final Pattern NOTHING_DEPLOYED = Pattern.compile("\"Deployed\": \\[\\s*]");

    private static final Pattern WORTH_READING =
            Pattern.compile("\\[(?:SEVERE|WARNING)]|^Caused by|failure|dev\\.remora");
    private static final Pattern PREFIX = Pattern.compile("^\\[.*\\[levelValue: \\d+] ");
    private static final String PID = "pid";
    private static final List<String> RESOURCES = List.of("logging.properties", "preboot.txt");

    private final InstanceSettings settings;
    private final Process process;
    private final int port;
    private final Path log;
    private final long logStart;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private PayaraInstance(InstanceSettings settings, Process process, int port, Path log, long logStart) {
        this.settings = settings;
        this.process = process;
        this.port = port;
        this.log = log;
        this.logStart = logStart;
    }

    /** Starts the process and returns at once; {@link #awaitReady} waits for it. */
    public static PayaraInstance start(InstanceSettings settings) throws IOException {
        Path temporary = settings.folder().resolve("tmp");
        Folders.delete(temporary);
        Files.createDirectories(temporary);
        for (String resource : RESOURCES) {
            Folders.extract(
                    "/dev/remora/launcher/" + resource, settings.folder().resolve(resource));
        }
        Path log = settings.folder().resolve(settings.name() + ".log");
        long logStart = Files.exists(log) ? Files.size(log) : 0;
        int port = Ports.freeOr(settings.wantedPort());
        ProcessBuilder builder = new ProcessBuilder(command(settings, temporary, port))
                .directory(settings.folder().toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // A shell's own AWS settings must not reach it beside the ones that it is given.
        builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
        builder.environment().putAll(settings.environment());
        Process process = builder.start();
        Files.writeString(settings.folder().resolve(PID), identity(process.toHandle()));
        return new PayaraInstance(settings, process, port, log, logStart);
    }

    /** Kills the process that was last started in the folder, if it still runs: whoever started it was killed hard. */
    static void endLeftover(Path folder) throws IOException {
        Path file = folder.resolve(PID);
        if (!Files.exists(file)) {
            return;
        }
        String identity = Files.readString(file);
        ProcessHandle.of(Long.parseLong(identity.substring(0, identity.indexOf(' '))))
                .filter(process -> identity(process).equals(identity))
                .ifPresent(process -> {
                    process.destroyForcibly();
                    process.onExit().join();
                });
    }

    /** Process ids are used again; with the time of their start they are not. */
    private static String identity(ProcessHandle process) {
        return process.pid() + " "
                + process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    /**
     * Blocks until the instance says that it is ready.
     *
     * @throws IOException when its process ends, the WAR does not deploy or the time is over; says why and where the log is
     */
    public void awaitReady(Duration limit) throws IOException {
        long end = System.nanoTime() + limit.toNanos();
        Answer last = new Answer(0, "no answer yet");
        while (System.nanoTime() < end) {
            last = get("/health/ready");
            if (last.status() == 200) {
                return;
            }
            if (exited(Duration.ofMillis(100))) {
                throw trouble("ended with exit code " + process.exitValue());
            }
            if (deploymentFailed(last)) {
                throw trouble("did not deploy the WAR");
            }
        }
        throw trouble("is not ready after " + limit.toSeconds() + " s; it says " + last.body());
    }

    /** Its name. */
    public String name() {
        return settings.name();
    }

    /** Its address. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Where its log is; several starts in one folder follow each other there. */
    public Path log() {
        return log;
    }

    /** What it has logged since this start. */
    public String logText() {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(logStart);
            byte[] bytes = new byte[(int) (file.length() - logStart)];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether its process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit code, 143 after SIGTERM; empty while it runs. */
    public OptionalInt exitCode() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /** Whether it says that it can serve. */
    public boolean isReady() {
        return get("/health/ready").status() == 200;
    }

    /** What it answers under a path, such as {@code /health/ready}; status 0 when it does not answer. */
    public Answer get(String path) {
        HttpRequest request = HttpRequest.newBuilder(url().resolve(path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            return new Answer(0, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(0, e.toString());
        }
    }

    /** The application's metrics now. */
    public Metrics metrics() {
        return Metrics.parse(get("/metrics?scope=application").body());
    }

    /** SIGTERM, without waiting. */
    public void terminate() {
        process.destroy();
    }

    /**
     * SIGTERM, and waits for the end; SIGKILL when the time is over.
     *
     * @return whether it ended by itself
     */
    public boolean stop(Duration limit) {
        terminate();
        boolean ended = exited(limit);
        if (!ended) {
            kill();
        }
        removeTemporary();
        return ended;
    }

    /** SIGKILL, and waits for the end. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
        removeTemporary();
    }

    /** SIGSTOP: it stands still until {@link #unfreeze}. */
    public void freeze() throws IOException {
        signal("STOP");
    }

    /** SIGCONT. */
    public void unfreeze() throws IOException {
        signal("CONT");
    }

    /** Stops it, killing it after a minute. */
    @Override
    public void close() {
        stop(Duration.ofMinutes(1));
    }

    private boolean exited(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }

    private void signal(String name) throws IOException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start();
        if (kill.onExit().join().exitValue() != 0) {
            throw new IOException("kill -" + name + " " + pid() + " failed");
        }
    }

    private void removeTemporary() {
        try {
            Folders.delete(settings.folder().resolve("tmp"));
        } catch (IOException e) {
            // the next start there tries again
        }
    }

    private boolean deploymentFailed(Answer readiness) {
        String text = logText();
        return NOTHING_DEPLOYED.matcher(text).find()
                || (text.contains(" ready in ") && readiness.body().contains("No Application deployed"));
    }

    private IOException trouble(String what) {
        String reasons = logText()
                .lines()
                .filter(line -> WORTH_READING.matcher(line).find() && !line.startsWith("\tat "))
                .map(line -> PREFIX.matcher(line).replaceFirst(""))
                .map(line -> "  " + line.substring(0, Math.min(line.length(), 500)) + "\n")
                .distinct()
                .limit(15)
                .collect(Collectors.joining());
        return new IOException("Instance " + name() + " " + what + ". From its log " + log + ":\n" + reasons);
    }

    private static List<String> command(InstanceSettings settings, Path temporary, int port) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(settings.jvmOptions());
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("--enable-native-access=ALL-UNNAMED");
        settings.config().forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-jar", settings.payaraMicro().toString()));
        command.addAll(List.of("--deploy", settings.war().toString(), "--contextroot", "/"));
        command.addAll(List.of("--port", Integer.toString(port)));
        // Not with --nocluster: together they start Hazelcast after all.
        command.addAll(List.of("--nohazelcast", "--disablephonehome"));
        command.addAll(List.of("--prebootcommandfile", "preboot.txt", "--logproperties", "logging.properties"));
        return command;
    }

    /**
     * An HTTP answer.
     *
     * @param status of it, 0 when there was none
     * @param body of it, or why there was none
     */
    public record Answer(int status, String body) {}
}
