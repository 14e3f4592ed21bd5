package dev.remora.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What a run ran on. */
final class Machine {
    private static final Path PROC = Path.of("/proc");

    private Machine() {}

    static Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("processor", line("cpuinfo", line -> line.startsWith("model name")));
        facts.put("memory", line("meminfo", line -> line.startsWith("MemTotal")));
        facts.put(
                "system",
                System.getProperty("os.name") + " "
                        + System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1"));
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        return facts;
    }

    /** Processes that wanted a processor over the last minute: what else ran beside us. */
    static String loadAverage() {
        return line("loadavg", line -> true).split(" ", -1)[0];
    }

    private static String line(String file, Predicate<String> wanted) {
        try {
            List<String> lines = Files.readAllLines(PROC.resolve(file));
            String line = lines.stream().filter(wanted).findFirst().orElse("unknown");
            return line.substring(line.indexOf(':') + 1).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
