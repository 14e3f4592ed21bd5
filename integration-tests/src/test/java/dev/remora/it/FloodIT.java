package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.Intake;
import dev.remora.intake.IntakeSettings;
import dev.remora.intake.IntakeSnapshot;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.RouteTable;
import dev.remora.reply.Delivery;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A flood on one slow model, and others behind it in the same partition, against a real broker. */
class FloodIT {
    private static final int FLOOD = 20_000;
    private static final int OTHERS = 50;
    private static final Map<String, String> HEADERS = Map.of("content-type", "application/octet-stream");

    private final String bootstrap = Stack.shared().broker().bootstrap();
    private String name = "";

    @ParameterizedTest
    @CsvSource({"EXACTLY_ONCE, classic", "EXACTLY_ONCE, consumer", "AT_LEAST_ONCE, classic"})
    void aFloodOnOneModelHidesNoOtherBehindItInTheLog(Delivery delivery, String protocol)
            throws ExecutionException, InterruptedException {
        name = "floodit-" + delivery.ordinal() + "-" + protocol;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(in(), 1, (short) 1), new NewTopic(out(), 1, (short) 1)))
                    .all()
                    .get();
        }
        try (Requester requester = new Requester(bootstrap, in(), out())) {
            List<CompletableFuture<Reply>> flood = send(requester, FLOOD, "slow.onnx");
            List<CompletableFuture<Reply>> others = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                others.addAll(send(requester, OTHERS / 5, "other-" + i + ".onnx"));
            }
            serve(requester, all(flood), all(others), delivery, protocol);
        }
    }

    private void serve(
            Requester requester,
            CompletableFuture<Void> flood,
            CompletableFuture<Void> others,
            Delivery delivery,
            String protocol) {
        try (ReplySender replies = replies(delivery);
                Intake intake = intake(replies, protocol)) {
            Watch watch = new Watch(intake);
            double othersSeconds = watch.until(others, Duration.ofSeconds(60));
            int answered = requester.replies().size();
            double floodSeconds = watch.until(flood, Duration.ofMinutes(4));
            System.out.printf(
                    "%s: others answered after %.1f s, the flood after %.1f s more; %d deferred at most, poll %d ms late at most%n",
                    name, othersSeconds, floodSeconds, watch.mostDeferred, watch.longestTurnMillis);

            assertThat(answered).as("answered when the others were").isLessThan(FLOOD / 2);
            assertThat(othersSeconds).isLessThan(20);
            assertThat(watch.mostDeferred).isGreaterThan(FLOOD / 2);
            assertThat(watch.longestTurnMillis).isLessThan(5_000);
            assertThat(intake.snapshot().deferredRecords()).isZero();
            assertThat(intake.snapshot().starved()).isZero();
        }
        assertThat(requester.replies()).hasSize(FLOOD + OTHERS);
        assertThat(requester.doubled()).isZero();
    }

    private static List<CompletableFuture<Reply>> send(Requester requester, int count, String model) {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.add(requester.send(model, new byte[100], HEADERS));
        }
        return replies;
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Reply>> replies) {
        return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new));
    }

    private ReplySender replies(Delivery delivery) {
        ReplySettings settings = new ReplySettings(
                name,
                name,
                "one",
                in(),
                out(),
                "dlq." + in(),
                topic -> false,
                delivery,
                64 << 20,
                Duration.ofSeconds(5));
        Map<String, Object> connection = Map.of("bootstrap.servers", bootstrap);
        return ReplySender.start(settings, connection, connection, codec(), Thread::new, System::nanoTime);
    }

    private Intake intake(ReplySender replies, String protocol) {
        IntakeSettings settings = new IntakeSettings(
                in(),
                name,
                "one",
                Duration.ofHours(1),
                Duration.ofSeconds(60),
                1 << 20,
                2_000,
                64 << 20,
                2,
                Duration.ofSeconds(5),
                true);
        Intake.Parts parts = new Intake.Parts(
                new EchoPool(model -> model.value().startsWith("slow") ? Duration.ofMillis(1) : Duration.ZERO),
                codec(),
                PayloadCodecs.standard(),
                replies,
                new RouteTable(),
                Thread::new,
                Clock.systemUTC(),
                System::nanoTime);
        return Intake.start(
                settings, Map.of("bootstrap.servers", bootstrap, "group.protocol", protocol), () -> true, parts);
    }

    private String in() {
        return name + ".invocations";
    }

    private String out() {
        return name + ".replies";
    }

    private MessageCodec codec() {
        return new MessageCodec(out(), topic -> false, 3_600_000, 1 << 20);
    }

    /** Looks at intake's figures while something is waited for. */
    private static final class Watch {
        private final Intake intake;
        private long mostDeferred;
        private long longestTurnMillis;

        Watch(Intake intake) {
            this.intake = intake;
        }

        /** Returns after how many seconds it was done. */
        double until(CompletableFuture<Void> done, Duration limit) {
            long began = System.nanoTime();
            while (!done.isDone()) {
                IntakeSnapshot now = intake.snapshot();
                long took = System.nanoTime() - began;
                assertThat(took).as("%s", now).isLessThan(limit.toNanos());
                mostDeferred = Math.max(mostDeferred, now.deferredRecords());
                long turn = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - now.lastTurnNanos());
                longestTurnMillis = Math.max(longestTurnMillis, turn);
                LockSupport.parkNanos(10_000_000);
            }
            return (System.nanoTime() - began) / 1e9;
        }
    }
}
