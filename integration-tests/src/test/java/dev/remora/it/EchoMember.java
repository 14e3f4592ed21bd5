package dev.remora.it;

import dev.remora.intake.Intake;
import dev.remora.intake.IntakeSettings;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.Delivery;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySettings;
import dev.remora.reply.UnfencedReplies;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The serving core over an {@link EchoPool} in a process of its own, which can be killed or stopped. */
final class EchoMember implements AutoCloseable {
    static final String ENDPOINT = "echo";
    private static final int LONG_ONE_IN = 50;
    private static final Duration LONG = Duration.ofMillis(200);

    private final Process process;

    private EchoMember(Process process) {
        this.process = process;
    }

    /** Starts one that logs to the folder, and whose session is short. */
    static EchoMember start(String bootstrap, String instance, Path folder) throws IOException {
        return start(bootstrap, instance, folder, Map.of("session.timeout.ms", "6000"), true);
    }

    /**
     * Starts one that logs to the folder.
     *
     * @param consumer properties over its own
     * @param fencing whether it ends what a dead predecessor has left open
     */
    static EchoMember start(
            String bootstrap, String instance, Path folder, Map<String, String> consumer, boolean fencing)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                EchoMember.class.getName(),
                bootstrap,
                instance,
                Boolean.toString(fencing)));
        consumer.forEach((key, value) -> command.add(key + "=" + value));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve(instance + ".log").toFile()));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return new EchoMember(builder.start());
    }

    /** Serves until its input ends. */
    public static void main(String[] args) throws IOException {
        String instance = args[1];
        boolean fencing = Boolean.parseBoolean(args[2]);
        Map<String, Object> consumer = new HashMap<>(Map.of("bootstrap.servers", args[0]));
        for (int i = 3; i < args.length; i++) {
            consumer.put(args[i].split("=")[0], args[i].split("=")[1]);
        }
        ReplySettings reply = replySettings(instance);
        Map<String, Object> connection = Map.of("bootstrap.servers", args[0]);
        MessageCodec codec = new MessageCodec(reply.repliesTopic(), reply::permits, 3_600_000, 1 << 20);
        try (ReplySender sender = fencing
                        ? ReplySender.start(reply, connection, Map.of(), codec, Thread::new, System::nanoTime)
                        : UnfencedReplies.start(reply, connection, codec);
                Intake ignored = Intake.start(
                        intakeSettings(instance),
                        consumer,
                        () -> true,
                        new Intake.Parts(
                                new EchoPool(model -> someTakeLong()),
                                codec,
                                PayloadCodecs.standard(),
                                sender,
                                new RouteTable(),
                                Thread::new,
                                Clock.systemUTC(),
                                System::nanoTime))) {
            while (System.in.read() >= 0) {
                // served by other threads
            }
        }
        System.exit(0);
    }

    private static ReplySettings replySettings(String instance) {
        return new ReplySettings(
                ENDPOINT,
                ENDPOINT,
                instance,
                ENDPOINT + ".invocations",
                ENDPOINT + ".replies",
                "dlq." + ENDPOINT + ".invocations",
                topic -> false,
                Delivery.EXACTLY_ONCE,
                1 << 20,
                Duration.ofSeconds(5));
    }

    private static IntakeSettings intakeSettings(String instance) {
        return new IntakeSettings(
                ENDPOINT + ".invocations",
                ENDPOINT,
                instance,
                Duration.ofHours(1),
                Duration.ofSeconds(60),
                1 << 20,
                500,
                1 << 20,
                8,
                Duration.ofSeconds(5),
                true);
    }

    /** So that replies overtake others. */
    private static Duration someTakeLong() {
        return ThreadLocalRandom.current().nextInt(LONG_ONE_IN) == 0 ? LONG : Duration.ZERO;
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops or continues it. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder(List.of("kill", "-" + name, Long.toString(process.pid())))
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
