package dev.remora.bench;

import dev.remora.intake.Intake;
import dev.remora.intake.IntakeSettings;
import dev.remora.pool.LruPolicy;
import dev.remora.pool.ModelPool;
import dev.remora.pool.PoolSettings;
import dev.remora.pool.TieredModelPool;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.Delivery;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySettings;
import dev.remora.spread.Control;
import dev.remora.spread.SpreadLimits;
import dev.remora.spread.SpreadSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;

/** One instance, all of it but Payara, over {@link WaitingModels}. A program of its own: it can be killed. */
final class SpreadMember {
    static final int RUN_THREADS = 2;
    private static final int SESSION_MILLIS = 6_000;

    /** Partitions that are added are seen so soon. */
    private static final int METADATA_MILLIS = 2_000;

    private static final long MIB = 1 << 20;
    private static final Duration TTL = Duration.ofHours(1);

    private final Fields fields;
    private final String endpoint;
    private final String instance;
    private final Map<String, Object> connection;

    private SpreadMember(Fields fields) {
        this.fields = fields;
        this.endpoint = fields.text("endpoint");
        this.instance = fields.text("instance");
        this.connection = Map.of("bootstrap.servers", fields.text("bootstrap"));
    }

    /** Serves until its parent ends; answers any line with its figures, and is so slow from then on as it says. */
    public static void main(String[] args) throws IOException {
        new SpreadMember(ChildProgram.settings(args)).serve();
    }

    private void serve() throws IOException {
        ThreadFactory threads = Thread::new;
        ReplySettings reply = reply();
        MessageCodec codec = new MessageCodec(reply.repliesTopic(), reply::permits, TTL.toMillis(), (int) MIB);
        RouteTable routes = new RouteTable();
        try (ModelPool pool = TieredModelPool.open(
                        pool(),
                        new WaitingModels.Store(),
                        List.of(new WaitingModels.Runtime()),
                        new LruPolicy(),
                        threads,
                        System::nanoTime);
                ReplySender sender = ReplySender.start(reply, connection, Map.of(), codec, threads, System::nanoTime);
                Intake intake = Intake.start(
                        intake(),
                        Map.of(
                                "bootstrap.servers",
                                fields.text("bootstrap"),
                                "session.timeout.ms",
                                SESSION_MILLIS,
                                "metadata.max.age.ms",
                                METADATA_MILLIS),
                        () -> true,
                        new Intake.Parts(
                                pool,
                                codec,
                                PayloadCodecs.standard(),
                                sender,
                                routes,
                                threads,
                                Clock.systemUTC(),
                                System::nanoTime));
                Control ignored = Control.start(
                        spread(),
                        new Control.Connections(connection, connection, connection),
                        new Control.Parts(
                                routes, intake, sender, pool, threads, Clock.systemUTC(), System::nanoTime))) {
            ChildProgram.serve(
                    Fields.none(),
                    command -> heeded(command)
                            .with("forwarded", sender.snapshot().forwarded())
                            .with("partitions", intake.snapshot().assignedPartitions())
                            .with("mispartitioned", intake.snapshot().mispartitioned())
                            .with("backlog", intake.snapshot().workload().seconds())
                            .with("busy", intake.snapshot().workload().busy()));
        }
        System.exit(0);
    }

    private static Fields heeded(Fields command) {
        WaitingModels.slow(Double.parseDouble(command.text("slow", "1")));
        return Fields.none();
    }

    private PoolSettings pool() {
        return new PoolSettings(
                Path.of(fields.text("folder")),
                64 * MIB,
                64 * MIB,
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                List.of(),
                List.of(),
                Duration.ZERO,
                true,
                true,
                2);
    }

    private IntakeSettings intake() {
        return new IntakeSettings(
                endpoint + ".invocations",
                endpoint,
                instance,
                TTL,
                Duration.ofSeconds(60),
                (int) MIB,
                2_000,
                64 * MIB,
                RUN_THREADS,
                Duration.ofSeconds(5),
                true);
    }

    private ReplySettings reply() {
        return new ReplySettings(
                endpoint,
                endpoint,
                instance,
                endpoint + ".invocations",
                endpoint + ".replies",
                "dlq." + endpoint + ".invocations",
                topic -> false,
                Delivery.valueOf(fields.text("delivery")),
                64 * MIB,
                Duration.ofSeconds(5));
    }

    private SpreadSettings spread() {
        return new SpreadSettings(
                endpoint,
                endpoint,
                instance,
                endpoint + ".invocations",
                endpoint + ".routes",
                endpoint + ".residency",
                true,
                new SpreadLimits(true, Duration.ofMillis(fields.whole("wait")), 16));
    }
}
