package dev.remora.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts a broker, an S3 server and Payara Micro with Remora on this machine, shows what they do, and stays up until it
 * is told to stop.
 */
public final class Quickstart {
    private final Screen screen;
    private final Options options;
    private final Path data;
    private final AtomicBoolean stopping = new AtomicBoolean();

    private Quickstart(Screen screen, Options options, Path data) {
        this.screen = screen;
        this.options = options;
        this.data = data;
    }

    /** Runs until SIGINT or SIGTERM. Exits with 2 on a wrong command line, 1 when something does not start. */
    public static void main(String... arguments) throws InterruptedException {
        Screen screen = new Screen(System.out, System.console() != null && System.getenv("NO_COLOR") == null);
        try {
            Options options = Options.parse(arguments);
            if (options.help()) {
                screen.line(Options.USAGE);
                return;
            }
            new Quickstart(screen, options, folder(options)).run();
        } catch (Options.UsageException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
            System.exit(2);
        } catch (IOException e) {
            System.err.println("\n" + reason(e));
            System.exit(1);
        }
    }

    /** What the file system says is often but the file's name. */
    private static String reason(IOException e) {
        return e instanceof FileSystemException ? "Cannot be used: " + e : String.valueOf(e.getMessage());
    }

    private void run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        LocalStack stack = new LocalStack(data, options);
        Thread stop = new Thread(() -> stop(stack), "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            start(stack);
            new Guide(screen, stack).whereThingsAre(Screen.since(start));
            if (!options.serve()) {
                new Demonstration(screen, stack).run();
                new Guide(screen, stack).whatToTryNext();
            }
            screen.line("\nUp until Ctrl-C.");
        } catch (IOException | RuntimeException e) {
            if (!stopping.get()) {
                throw e;
            }
            // stopped while it was starting: what that broke is no news
        }
        new CountDownLatch(1).await();
    }

    private void start(LocalStack stack) throws IOException {
        LogFile.open(data.resolve("servers.log"));
        Path built = built();
        try (Screen.Step step = screen.step("Kafka broker and S3 server")) {
            stack.startServers();
            step.done("");
        }
        int count = options.instances();
        try (Screen.Step step = screen.step(
                count == 1 ? "Payara Micro with Remora" : "Payara Micro with Remora, " + count + " instances")) {
            stack.startInstances(
                    built.resolve("payara-micro.jar"),
                    built.resolve("../../target/remora.war").normalize());
            step.done("");
        }
    }

    private void stop(LocalStack stack) {
        stopping.set(true);
        System.err.println("\nStopping: instances finish what they run, then the servers.");
        stack.close();
        if (options.data() == null) {
            try {
                Folders.delete(data);
            } catch (IOException e) {
                System.err.println("Left behind: " + data + " (" + e.getMessage() + ")");
            }
        }
    }

    private static Path folder(Options options) throws IOException {
        Path wanted = options.data();
        return wanted == null ? Files.createTempDirectory("remora-quickstart-") : wanted;
    }

    /** The folder that this class's jar was built in. */
    static Path built() throws IOException {
        try {
            URI jar = Quickstart.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            return Path.of(jar).toAbsolutePath().resolveSibling("");
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
