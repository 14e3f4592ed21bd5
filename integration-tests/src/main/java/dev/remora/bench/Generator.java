package dev.remora.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A load generator in a process of its own. Thread-safe; does one run at a time. */
final class Generator implements AutoCloseable {
    static final List<String> JVM = List.of("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC");
    private static final int MANY_IN_FLIGHT = 256;
    private static final int FEW_IN_FLIGHT = 8;

    /** Of the requests of a warm-up, one in so many comes while few others are on their way, which takes longer. */
    private static final int FEW_SHARE = 8;

    private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(40);

    /** What of a JVM's CPU may go into compiling when it counts as warm. */
    private static final double RESTING_SHARE = 0.05;

    private final ChildJvm process;
    private final long broker;

    private Generator(ChildJvm process, long broker) {
        this.process = process;
        this.broker = broker;
    }

    static Generator start(Path folder, String name, String bootstrap, Path models, long broker) throws IOException {
        Fields settings = Fields.none().with("bootstrap", bootstrap).with("models", models);
        return new Generator(ChildJvm.start(folder, name, LoadMain.class, JVM, settings), broker);
    }

    /** Loads a subject; blocks until all replies are in and were found right. */
    Trial run(Subject subject, Load load) {
        double cpu = Account.cpuMillis(subject.pid());
        double brokerCpu = Account.cpuMillis(broker);
        double ownCpu = Account.cpuMillis(process.pid());
        Outcome outcome = Outcome.of(
                process.ask(load.fields().with("in", subject.invocations()).with("out", subject.replies())));
        return new Trial(
                outcome.checked(subject.name()),
                Account.cpuMillis(subject.pid()) - cpu,
                Account.cpuMillis(broker) - brokerCpu,
                Account.cpuMillis(process.pid()) - ownCpu);
    }

    /**
     * Has the subject's JVM compile what it will need, and ours too: until its compiler rests, or we have waited enough. Many
     * at a time and few take other branches, and what is compiled for the one is compiled again for the other.
     */
    void warmUp(Subject subject, String sample, List<String> models, int requests) {
        double share = 1;
        long end = System.nanoTime() + LONGEST_WARM_UP.toNanos();
        for (int pass = 0; pass == 0 || share > RESTING_SHARE && System.nanoTime() < end; pass++) {
            double compiled = Account.compilerMillis(subject.pid());
            double cpu = warmUpOnce(subject, sample, models, requests).cpu();
            Load few = Load.inFlight(sample, models, FEW_IN_FLIGHT, 1).upTo(Math.max(1, requests / FEW_SHARE));
            cpu += run(subject, few).cpu();
            share = Math.max(0, Account.compilerMillis(subject.pid()) - compiled) / cpu;
        }
    }

    /** So many requests, and no more. */
    Trial warmUpOnce(Subject subject, String sample, List<String> models, int requests) {
        return run(subject, Load.inFlight(sample, models, MANY_IN_FLIGHT, 1).upTo(requests));
    }

    @Override
    public void close() {
        process.close();
    }
}
