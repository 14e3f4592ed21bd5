package dev.remora.intake;

import dev.remora.intake.Window.Backlog;
import dev.remora.pool.ModelPool;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.ReplySender;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * The way in: reads requests, has their models ready, runs them and hands their replies over. Thread-safe.
 */
public final class Intake implements AutoCloseable {
    /** Beside what shutting down may take by its settings: committing, leaving the group. */
    private static final Duration CLOSE_MARGIN = Duration.ofSeconds(12);

    /** A run that outlasted the time allowed is left to the end of the process. */
    private static final Duration THREADS_END = Duration.ofMillis(500);

    private final Serving serving;
    private final PollThread poll;
    private final List<RunLoop> runs = new ArrayList<>();
    private final List<Thread> runThreads = new ArrayList<>();
    private final Thread pollThread;
    private final DeferredReader deferred;
    private final Thread deferredThread;

    private Intake(Serving serving, PollThread poll, DeferredReader deferred) {
        this.serving = serving;
        this.deferred = deferred;
        this.poll = poll;
        ThreadFactory threads = serving.parts().threads();
        for (int i = 0; i < Slots.threads(serving.settings().runThreads()); i++) {
            RunLoop run = new RunLoop(
                    serving.window(),
                    serving.flow(),
                    serving.parts().replies(),
                    serving.parts().nanos());
            runs.add(run);
            Thread thread = threads.newThread(run);
            thread.setName("remora-run-" + (i + 1));
            runThreads.add(thread);
        }
        this.pollThread = threads.newThread(poll);
        pollThread.setName("remora-poll");
        this.deferredThread = threads.newThread(deferred);
        deferredThread.setName("remora-deferred");
    }

    /**
     * Starts to read as soon as the topics are there. Brokers that are away are waited for.
     *
     * @param consumer properties of the consumer, where the brokers are among them
     * @param topicsReady whether the topics are there: {@link Topics#ready}
     */
    public static Intake start(
            IntakeSettings settings, Map<String, Object> consumer, BooleanSupplier topicsReady, Parts parts) {
        Map<String, Object> properties = ConsumerSettings.of(settings, consumer);
        Map<String, Object> again = ConsumerSettings.again(settings, consumer);
        return start(
                settings, () -> new KafkaConsumer<>(properties), () -> new KafkaConsumer<>(again), topicsReady, parts);
    }

    static Intake start(
            IntakeSettings settings,
            Supplier<Consumer<byte[], byte[]>> consumers,
            Supplier<Consumer<byte[], byte[]>> deferredConsumers,
            BooleanSupplier topicsReady,
            Parts parts) {
        Serving serving = Serving.of(settings, parts);
        PollThread poll = new PollThread(consumers, serving, topicsReady);
        Intake intake = new Intake(serving, poll, new DeferredReader(deferredConsumers, serving));
        intake.runThreads.forEach(Thread::start);
        intake.pollThread.start();
        intake.deferredThread.start();
        return intake;
    }

    /**
     * Has these models spread, and no others: records that wait for them here are left to other instances, as many as make
     * the waits even. A record that was left to us is never passed on.
     *
     * @param lanes partitions of other instances for each model; none where only its demand is of interest
     */
    public void spread(Map<ModelName, List<Integer>> lanes) {
        serving.forwarder().follow(lanes);
    }

    /** So many records wait on these partitions of other instances: what is left there is reckoned on from that, if more. */
    public void measured(Map<Integer, Long> records) {
        serving.forwarder().measured(records);
    }

    /** How this instance stands now. */
    public Standing standing() {
        return new Standing(
                serving.window().workload(),
                serving.forwarder().demand(),
                serving.window().ask(in -> Map.copyOf(in.epochs())));
    }

    /** The figures. */
    public IntakeSnapshot snapshot() {
        Backlog backlog = serving.window().backlog();
        IntakeCounters figures = serving.figures();
        Map<ModelName, Long> busiest = figures.busiest();
        long age = serving.parts().clock().millis() - backlog.oldestMillis();
        return new IntakeSnapshot(
                backlog.records(),
                backlog.bytes(),
                Math.max(0, age),
                backlog.parked(),
                backlog.running(),
                backlog.deferred(),
                serving.window().workload(),
                figures.starvedSum(),
                figures.byTier(),
                figures.byStatus(),
                busiest,
                figures.others(busiest),
                figures.mispartitionedSum(),
                poll.assignedPartitions(),
                poll.lastTurnNanos(),
                runs.stream().mapToLong(RunLoop::busyNanos).max().orElse(0),
                figures.latencies(),
                poll.trouble().text());
    }

    /** What of the topic is ours, some tenths of a second ago. */
    public Ownership ownership() {
        return poll.ownership();
    }

    /**
     * Stops reading, waits for what runs and for its replies as long as the settings say, commits, and leaves the group or
     * remains in it. What waited in the window is left to the next owner. Blocks.
     */
    @Override
    public void close() {
        poll.stop();
        deferred.stop();
        Duration limit = serving.settings().shutdownTimeout().plus(CLOSE_MARGIN);
        try {
            pollThread.join(limit.toMillis());
            serving.window().close();
            long deadline = serving.parts().nanos().getAsLong() + THREADS_END.toNanos();
            for (Thread each : runThreads) {
                join(each, deadline);
            }
            join(deferredThread, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            serving.window().close();
        }
    }

    private void join(Thread thread, long deadline) throws InterruptedException {
        long left = deadline - serving.parts().nanos().getAsLong();
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
    }

    /**
     * What intake stands on; none of it is closed by it. Immutable.
     *
     * @param pool where models are acquired
     * @param codec reads requests
     * @param payloads reads and writes bodies
     * @param replies the way out
     * @param routes where hot models are spread to, kept current by others
     * @param threads makes the poll thread and the run threads
     * @param clock for deadlines
     * @param nanos for durations
     */
    public record Parts(
            ModelPool pool,
            MessageCodec codec,
            PayloadCodecs payloads,
            ReplySender replies,
            RouteTable routes,
            ThreadFactory threads,
            Clock clock,
            LongSupplier nanos) {}
}
