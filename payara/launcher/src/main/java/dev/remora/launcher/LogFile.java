package dev.remora.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;

/** Sends what the broker, the S3 server and the clients log to a file, off the screen. */
final class LogFile {
    private static final Logger ROOT = Logger.getLogger("");

    /** Kept: the log manager holds loggers weakly, and would forget their level with them. */
    private static final List<Logger> QUIET =
            List.of(Logger.getLogger("org.apache.kafka.clients"), Logger.getLogger("software.amazon.awssdk"));

    private LogFile() {}

    /** From now on warnings go to the file, which grows. */
    static void open(Path file) throws IOException {
        silence();
        OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        ROOT.addHandler(new StreamHandler(out, new SimpleFormatter()) {
            @Override
            public synchronized void publish(LogRecord entry) {
                super.publish(entry);
                flush();
            }
        });
        ROOT.setLevel(Level.WARNING);
        QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    /** From now on nothing is logged. */
    static void silence() {
        LogManager.getLogManager().reset();
    }
}
