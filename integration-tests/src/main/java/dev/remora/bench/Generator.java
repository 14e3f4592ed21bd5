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

    /** So many times fewer requests come with few in flight than with many in a pass of the warm-up: they take longer. */
    private static final int FEW_SHARE = 2;

    /** A JVM with two processors was seen to compile for 110 s. */
    private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(120);

    /** What of a JVM's CPU may go into compiling when it counts as warm, with many in flight and with few. */
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
        Load many = Load.inFlight(sample, models, MANY_IN_FLIGHT, 1).upTo(requests);
        Load few = Load.inFlight(sample, models, FEW_IN_FLIGHT, 1).upTo(Math.max(1, requests / FEW_SHARE));
        double share = 1;
        long end = System.nanoTime() + LONGEST_WARM_UP.toNanos();
        for (int pass = 0; pass == 0 || share > RESTING_SHARE && System.nanoTime() < end; pass++) {
            share = Math.max(compilingShare(subject, many), compilingShare(subject, few));
        }
    }

    /** What of the subject's CPU went into compiling while it had this load. */
    private double compilingShare(Subject subject, Load load) {
        double compiled = Account.compilerMillis(subject.pid());
        double cpu = run(subject, load).cpu();
        return Math.max(0, Account.compilerMillis(subject.pid()) - compiled) / Math.max(1, cpu);
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
