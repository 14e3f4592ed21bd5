package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.Metrics;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.Tier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** 200 models on an instance whose memory holds 40 of them and whose disk holds 100. */
class TiersIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(TiersIT.class);
    private static final int MODELS = 200;
    private static final int IN_MEMORY = 40;
    private static final int ON_DISK = 100;
    private static final int BYTES = 120_000;
    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";

    @BeforeAll
    static void start() throws IOException {
        for (int i = 0; i < MODELS; i++) {
            ENDPOINT.upload(name(i), net(i).onnx());
        }
        long each = memoryOfOne();
        long disk = (long) ON_DISK * net(0).onnx().length * 21 / 20;
        // Only what is asked for is counted: nothing comes that was warm at the instance before.
        ENDPOINT.start(ENDPOINT.settings("one")
                .with("remora.handover.enabled", "false")
                .with("remora.models.max-age", "1h")
                .with("remora.memory.max", Long.toString(IN_MEMORY * each + (1 << 20)))
                .with("remora.disk.max", Long.toString(disk)));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void answersAllAndStaysWithinBothBudgets() throws Exception {
        AtomicReference<String> trouble = new AtomicReference<>("");
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
        var watching = watch.scheduleAtFixedRate(() -> check(trouble), 0, 50, TimeUnit.MILLISECONDS);
        Random random = new Random(1);

        List<Integer> asked = random.ints(800, 0, MODELS).boxed().toList();
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int model : asked) {
            replies.add(ENDPOINT.requester().send(name(model), ROW));
            if (replies.size() >= 32) {
                Requester.await(replies.get(replies.size() - 32));
            }
        }
        for (int i = 0; i < asked.size(); i++) {
            Reply reply = Requester.await(replies.get(i));
            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
            Numbers.assertClose(reply.text(), net(asked.get(i)).answer(1, 2, 3, 4));
        }

        watching.cancel(false);
        watch.shutdown();
        assertThat(watch.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(trouble.get()).isEmpty();
        Metrics metrics = ENDPOINT.instance("one").metrics();
        assertThat(metrics.value("remora_evictions_total", "tier=memory")).isPositive();
        assertThat(metrics.value("remora_evictions_total", "tier=disk")).isPositive();
        assertThat(ENDPOINT.requester().doubled()).isZero();
    }

    @Test
    void fetchesNothingForAModelThatItHas() {
        Map<Tier, Integer> seen = new EnumMap<>(Tier.class);
        Random random = new Random(2);

        for (int i = 0; i < 400; i++) {
            int model = random.nextInt(MODELS);
            long before = ENDPOINT.downloads();

            Reply reply = Requester.await(ENDPOINT.requester().send(name(model), ROW));

            Tier tier = Tier.valueOf(reply.tier().toUpperCase(Locale.ROOT));
            assertThat(ENDPOINT.downloads() - before)
                    .as("downloads for a model in " + tier)
                    .isEqualTo(tier == Tier.S3 ? 1 : 0);
            seen.merge(tier, 1, Integer::sum);
        }

        // Of 200 models about 40 are in memory and 60 more on disk. One whose load could not be measured, because
        // others ran
        // beside it, counts as its estimate, so that there may be fewer in memory.
        assertThat(seen.get(Tier.MEMORY)).isBetween(10, 140);
        assertThat(seen.get(Tier.DISK)).isBetween(60, 240);
    }

    /** What one of the models takes, as an instance with room for all of them says. */
    private static long memoryOfOne() throws IOException {
        PayaraInstance roomy = ENDPOINT.start(ENDPOINT.settings("roomy"));
        int count = 10;
        for (int i = 0; i < count; i++) {
            assertThat(Requester.await(ENDPOINT.requester().send(name(i), ROW)).status())
                    .isEqualTo(200);
        }
        // Figures are up to a second old.
        Await.until(
                "all are counted",
                Duration.ofSeconds(30),
                () -> roomy.metrics().value("remora_loaded_models") == count);
        long reserved = (long) roomy.metrics().value("remora_memory_reserved_bytes");
        assertThat(roomy.stop(Duration.ofMinutes(1))).isTrue();
        return reserved / count;
    }

    private static void check(AtomicReference<String> trouble) {
        try {
            Metrics metrics = ENDPOINT.instance("one").metrics();
            over(metrics, "memory_reserved_bytes", "memory_budget_bytes", trouble);
            over(metrics, "disk_bytes", "disk_budget_bytes", trouble);
            double budget = metrics.value("remora_disk_budget_bytes");
            long files = bytesBelow(ENDPOINT.settings("one").folder().resolve("disk"));
            if (files > budget * 1.05) {
                trouble.set("the disk holds " + files + " bytes of " + budget);
            }
        } catch (IOException | RuntimeException e) {
            trouble.set(e.toString());
        }
    }

    private static void over(Metrics metrics, String used, String budget, AtomicReference<String> trouble) {
        double value = metrics.find("remora_" + used).orElseThrow();
        double most = metrics.find("remora_" + budget).orElseThrow();
        if (value > most) {
            trouble.set(used + " is " + value + " of " + most);
        }
    }

    private static long bytesBelow(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
        } catch (UncheckedIOException | NoSuchFileException e) {
            // a file left while it was looked at: the next look counts anew
            return 0;
        }
        return bytes;
    }

    private static TinyNet net(int seed) {
        return TinyNet.ofBytes(BYTES, seed);
    }

    private static String name(int model) {
        return "tenant-" + model + "/net.onnx";
    }
}
