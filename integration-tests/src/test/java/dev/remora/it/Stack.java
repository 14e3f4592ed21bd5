package dev.remora.it;

import dev.remora.launcher.KafkaBroker;
import dev.remora.launcher.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The broker and the S3 server that all test classes of one JVM share, started when the first one asks. Each test class
 * has its own endpoint there. Thread-safe.
 */
public final class Stack {
    public static final String BUCKET = "models";

    /** The repository's root. */
    public static final Path ROOT =
            Path.of(System.getProperty("remora.root", "..")).toAbsolutePath();

    /** Holds all that the tests write. */
    public static final Path FOLDER =
            Path.of(System.getProperty("remora.it.folder", "target/stack")).toAbsolutePath();

    private static @Nullable Stack shared;

    private final KafkaBroker broker;
    private final S3Server s3;

    private Stack() throws IOException {
        deleteAll(FOLDER);
        broker = KafkaBroker.start(FOLDER.resolve("kafka"));
        s3 = S3Server.start(FOLDER.resolve("s3"));
        s3.createBucket(BUCKET);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    }

    /** The stack, started if it is not. */
    static synchronized Stack shared() {
        if (shared == null) {
            try {
                shared = new Stack();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared;
    }

    /** An endpoint that is the test class's own. */
    public static Endpoint endpoint(Class<?> test) {
        return new Endpoint(shared(), test.getSimpleName().toLowerCase(Locale.ROOT));
    }

    KafkaBroker broker() {
        return broker;
    }

    S3Server s3() {
        return s3;
    }

    private void stop() {
        try {
            broker.close();
            s3.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a folder with all in it, if it is there. */
    public static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
