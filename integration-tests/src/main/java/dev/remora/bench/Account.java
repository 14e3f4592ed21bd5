package dev.remora.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the system's accounting says of a process: Linux' {@code /proc}. Thread-safe. */
final class Account {
    /** {@code USER_HZ}: 100 on every Linux that the JVM runs on. */
    private static final double MILLIS_PER_TICK = 10;

    private static final Pattern COMPILER = Pattern.compile("\\(C[12] CompilerThre");

    private static final double BYTES_PER_KIB = 1024;

    private Account() {}

    /** CPU time so far, user and system, of all its threads. */
    static double cpuMillis(long pid) {
        return cpuMillis(read(pid, "stat"));
    }

    private static double cpuMillis(String stat) {
        // The name before the last bracket may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * MILLIS_PER_TICK;
    }

    /** CPU time so far of the threads of a JVM that compile, as long as they live. */
    static double compilerMillis(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.mapToDouble(Account::compilerMillis).sum();
        } catch (IOException e) {
            throw new UncheckedIOException("Process " + pid + " is gone", e);
        }
    }

    private static double compilerMillis(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return COMPILER.matcher(stat).find() ? cpuMillis(stat) : 0;
        } catch (IOException e) {
            return 0; // It has just ended.
        }
    }

    /** Proportional set size: its pages, each shared one divided among those who share it. */
    static double pssBytes(long pid) {
        return read(pid, "smaps_rollup")
                .lines()
                .filter(line -> line.startsWith("Pss:"))
                .mapToDouble(line -> kib(line) * BYTES_PER_KIB)
                .sum();
    }

    private static double kib(String line) {
        return List.of(line.split("\\s+", -1)).stream()
                .filter(word -> word.matches("\\d+"))
                .mapToDouble(Double::parseDouble)
                .sum();
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException("Process " + pid + " is gone", e);
        }
    }
}
