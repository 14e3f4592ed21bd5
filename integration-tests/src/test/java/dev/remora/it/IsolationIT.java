package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.bench.Variant;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A large model that comes slowly holds up nobody on its partition. How little it does to their latency is measured with
 * {@code mvn verify -Dit.test=IsolationIT -Dremora.isolation.rounds=7}.
 */
class IsolationIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(IsolationIT.class);
    private static final String ROUNDS = "remora.isolation.rounds";
    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";
    private static final int WARM = 10;
    private static final int LARGE_BYTES = 48_000_000;
    private static final int BYTES_PER_SECOND = 4_000_000;
    private static final Duration PHASE = Duration.ofSeconds(8);
    private static final Duration PERIOD = Duration.ofMillis(5);

    private static FaultProxy wayToS3;
    private static byte[] large;

    @BeforeAll
    static void start() throws IOException {
        wayToS3 = new FaultProxy(ENDPOINT.stack().s3().port());
        wayToS3.set(new Fault.Throttle(BYTES_PER_SECOND));
        large = TinyNet.ofBytes(LARGE_BYTES, 99).onnx();
        for (int i = 0; i < WARM; i++) {
            ENDPOINT.upload(warm(i), TinyNet.of(i).onnx());
        }
        ENDPOINT.start(ENDPOINT.settings("one")
                .with("remora.s3.endpoint", "http://127.0.0.1:" + wayToS3.port())
                .with("remora.models.max-age", "1h")
                .with("remora.memory.max", "512MiB")
                .with("remora.topics.partitions", "1"));
        for (int i = 0; i < WARM; i++) {
            assertThat(Requester.await(send(warm(i))).status()).isEqualTo(200);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        ENDPOINT.close();
        wayToS3.close();
    }

    @Test
    void otherModelsOfThePartitionAnswerWhileALargeOneIsFetched() {
        ENDPOINT.upload("large.onnx", large);
        ENDPOINT.upload("small-and-cold.onnx", TinyNet.of(50).onnx());

        CompletableFuture<Reply> slow = send("large.onnx");
        List<Reply> warm = IntStream.range(0, 100).mapToObj(i -> send(warm(i % WARM))).toList().stream()
                .map(Requester::await)
                .toList();
        Reply cold = Requester.await(send("small-and-cold.onnx"));

        assertThat(slow).as("the large model's reply").isNotDone();
        assertThat(warm).extracting(Reply::status).containsOnly(200);
        assertThat(warm).extracting(Reply::tier).containsOnly("memory");
        assertThat(cold.status()).isEqualTo(200);
        assertThat(cold.tier()).isEqualTo("s3");
        Reply last = Requester.await(slow);
        assertThat(last.status()).as(last.toString()).isEqualTo(200);
        assertThat(last.partition()).isEqualTo(cold.partition());
        Numbers.assertClose(last.text(), TinyNet.ofBytes(LARGE_BYTES, 99).answer(1, 2, 3, 4));
    }

    @Test
    @EnabledIfSystemProperty(named = ROUNDS, matches = "\\d+")
    void latencyWhileALargeModelIsFetchedToLatencyWithout() throws InterruptedException {
        phase();
        List<Double> ratios = new ArrayList<>();
        for (int round = 1; round <= Integer.getInteger(ROUNDS); round++) {
            double[] without = phase();
            String name = "large-" + round + ".onnx";
            ENDPOINT.upload(name, Variant.of(large, name));
            CompletableFuture<Reply> slow = send(name);
            double[] with = phase();
            assertThat(slow).as("the large model's reply").isNotDone();
            assertThat(Requester.await(slow).status()).isEqualTo(200);
            ENDPOINT.delete(name);
            ratios.add(quantile(with, 0.99) / quantile(without, 0.99));
            System.out.printf(
                    "isolation round %d: p50 %.2f and p99 %.2f ms without, p50 %.2f and p99 %.2f ms with: p99 ratio %.2f%n",
                    round,
                    quantile(without, 0.5),
                    quantile(without, 0.99),
                    quantile(with, 0.5),
                    quantile(with, 0.99),
                    ratios.get(round - 1));
        }
        double median = quantile(ratios.stream().mapToDouble(each -> each).toArray(), 0.5);
        System.out.printf("isolation: median of the p99 ratios %.2f (wanted: at most 1.5)%n", median);
    }

    /** Sends at a fixed rate for a while; milliseconds from when each request was due to its reply. */
    private static double[] phase() throws InterruptedException {
        int count = (int) PHASE.dividedBy(PERIOD);
        double[] millis = new double[count];
        List<CompletableFuture<?>> replies = new ArrayList<>();
        AtomicInteger next = new AtomicInteger();
        ScheduledExecutorService pace = new ScheduledThreadPoolExecutor(1);
        long start = System.nanoTime();
        var sending = pace.scheduleAtFixedRate(
                () -> {
                    int i = next.getAndIncrement();
                    if (i < count) {
                        long due = start + i * PERIOD.toNanos();
                        replies.add(
                                send(warm(i % WARM)).thenAccept(reply -> millis[i] = (System.nanoTime() - due) / 1e6));
                    }
                },
                0,
                PERIOD.toNanos(),
                TimeUnit.NANOSECONDS);
        Await.until("all are sent", PHASE.multipliedBy(4), () -> next.get() >= count);
        sending.cancel(false);
        pace.shutdown();
        assertThat(pace.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new)).join();
        return millis;
    }

    private static double quantile(double[] values, double part) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    }

    private static CompletableFuture<Reply> send(String model) {
        return ENDPOINT.requester().send(model, ROW);
    }

    private static String warm(int i) {
        return "warm-" + i + ".onnx";
    }
}
