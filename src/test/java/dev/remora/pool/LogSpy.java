package dev.remora.pool;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Hears what a class logs. Thread-safe. */
public final class LogSpy extends Handler implements AutoCloseable {
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final List<Throwable> shown = new CopyOnWriteArrayList<>();
    private final Logger logger;

    /** Until it is closed. */
    public LogSpy(Class<?> type) {
        logger = Logger.getLogger(type.getName());
        logger.addHandler(this);
    }

    /** Level and text of each line. */
    public List<String> said() {
        return List.copyOf(said);
    }

    /** What was logged with its stack. */
    public List<Throwable> shown() {
        return List.copyOf(shown);
    }

    @Override
    public void publish(LogRecord line) {
        if (line.getThrown() != null) {
            shown.add(line.getThrown());
        }
        said.add(line.getLevel() + " " + new SimpleFormatter().formatMessage(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
