package dev.remora.it.guarantee;

import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.Metrics;
import dev.remora.launcher.PayaraInstance;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** Payara Micro with the WAR, as a process of its own. Thread-safe. */
final class PayaraMember implements Member {
    private static final int CLEAN_EXIT = 143;
    private static final int LAST_LINES = 30;
    private static final List<String> WAITING = List.of(
            "remora_backlog_records", "remora_running_records", "remora_parked_records", "remora_pending_replies");

    private final InstanceSettings settings;
    private final PayaraInstance instance;

    private PayaraMember(InstanceSettings settings, PayaraInstance instance) {
        this.settings = settings;
        this.instance = instance;
    }

    static PayaraMember start(InstanceSettings settings) throws IOException {
        return new PayaraMember(settings, PayaraInstance.start(settings));
    }

    @Override
    public String name() {
        return instance.name();
    }

    @Override
    public boolean isAlive() {
        return instance.isAlive();
    }

    @Override
    public boolean isReady() {
        return instance.isAlive() && instance.isReady();
    }

    @Override
    public void kill() {
        instance.kill();
    }

    @Override
    public boolean stop(Duration limit) {
        return instance.stop(limit) && instance.exitCode().orElse(0) == CLEAN_EXIT;
    }

    @Override
    public void freeze() throws IOException {
        instance.freeze();
    }

    @Override
    public void unfreeze() throws IOException {
        instance.unfreeze();
    }

    @Override
    public Optional<Vitals> vitals() {
        Metrics metrics = instance.metrics();
        OptionalDouble reserved = metrics.find("remora_memory_reserved_bytes");
        if (reserved.isEmpty()) {
            return Optional.empty();
        }
        Path disk = Path.of(settings.config().getOrDefault("remora.disk.path", ""));
        ProcessFacts facts = new ProcessFacts(instance.pid());
        try {
            return Optional.of(new Vitals(
                    instance.pid(),
                    (long) reserved.getAsDouble(),
                    (long) metrics.value("remora_memory_budget_bytes"),
                    (long) metrics.value("remora_disk_bytes"),
                    (long) metrics.value("remora_disk_budget_bytes"),
                    ProcessFacts.usage(disk).bytes(),
                    ProcessFacts.usage(disk.resolve("tmp")).files(),
                    facts.threads(),
                    facts.openFiles(),
                    facts.deletedFiles(disk),
                    (long) WAITING.stream().mapToDouble(metrics::value).sum(),
                    facts.residentBytes()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public String lastWords() {
        List<String> lines = instance.logText().lines().toList();
        return "its log " + instance.log() + " ends with\n"
                + lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).stream()
                        .map(line -> "    " + line)
                        .collect(Collectors.joining("\n"));
    }
}
