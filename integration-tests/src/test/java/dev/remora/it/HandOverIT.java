package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.it.guarantee.TopicScan;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.IsolationLevel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Warm models stay warm when their partitions move: the new owner has loaded them before anybody asks it. */
class HandOverIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(HandOverIT.class);
    private static final int MODELS = 24;
    private static final Duration SOON = Duration.ofSeconds(60);

    @BeforeEach
    void upload() {
        for (int i = 0; i < MODELS; i++) {
            ENDPOINT.upload(model(i), TinyNet.of(i).onnx());
        }
    }

    @AfterEach
    void stop() {
        ENDPOINT.close();
    }

    @Test
    void theNewOwnerHasLoadedWhatWasWarmBeforeItIsAskedAndSoHasARestartedOne() throws Exception {
        PayaraInstance first = ENDPOINT.start(settings("one"));
        askAll();
        // What is warm is said at most every ten seconds; a partition that moves before carries nothing with it.
        Await.until("the first has said what is warm", SOON, () -> said().size() == MODELS);

        PayaraInstance second = ENDPOINT.start(settings("two"));
        Await.until("both have partitions", SOON, () -> partitions(first) > 0 && partitions(second) > 0);
        Await.until("half of the models are warm on the second", SOON, () -> loaded(second) > 0);
        assertThat(first.stop(SOON)).isTrue();
        Await.until("all of them are", SOON, () -> loaded(second) == MODELS);

        assertThat(asked(second)).as("requests that the second has read").isZero();
        assertThat(second.metrics().value("remora_handed_over_models_total")).isEqualTo(MODELS);
        assertAllInMemoryOf("two");
        Await.until(
                "the figures say so",
                SOON,
                () -> second.metrics().value("remora_handed_over_models_used_total") == MODELS);

        long downloads = ENDPOINT.downloads();
        assertThat(second.stop(SOON)).isTrue();
        PayaraInstance again = ENDPOINT.start(settings("two"));
        Await.until("it has loaded them again", SOON, () -> loaded(again) == MODELS);

        assertThat(ENDPOINT.downloads()).as("downloads: its disk had them").isEqualTo(downloads);
        assertAllInMemoryOf("two");
    }

    private static InstanceSettings settings(String instance) {
        // It keeps its partitions over the restart; the first is to leave at once.
        return ENDPOINT.settings(instance).with("remora.shutdown", instance.equals("two") ? "remain" : "leave");
    }

    private static void askAll() {
        replies()
                .forEach(
                        reply -> assertThat(reply.status()).as(reply.toString()).isEqualTo(200));
    }

    private static void assertAllInMemoryOf(String instance) {
        for (Reply reply : replies()) {
            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
            assertThat(reply.header("remora-tier")).as(reply.toString()).isEqualTo("memory");
            assertThat(reply.header("remora-instance")).isEqualTo(instance);
        }
    }

    private static List<Reply> replies() {
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < MODELS; i++) {
            replies.add(Requester.await(ENDPOINT.requester().send(model(i), "{\"instances\": [[1, 2, 3, 4]]}")));
        }
        return replies;
    }

    /** The models that any record of the residency topic names. */
    private static Set<String> said() {
        Set<String> models = new HashSet<>();
        TopicScan.read(
                ENDPOINT.stack().broker().bootstrap(),
                ENDPOINT.name() + ".residency",
                IsolationLevel.READ_COMMITTED,
                each -> named(new String(each.value(), StandardCharsets.UTF_8), models));
        return models;
    }

    private static void named(String residency, Set<String> models) {
        for (int i = 0; i < MODELS; i++) {
            if (residency.contains('"' + model(i) + '"')) {
                models.add(model(i));
            }
        }
    }

    private static double partitions(PayaraInstance instance) {
        return instance.metrics().value("remora_assigned_partitions");
    }

    private static double loaded(PayaraInstance instance) {
        return instance.metrics().value("remora_loaded_models");
    }

    private static double asked(PayaraInstance instance) {
        return instance.metrics().value("remora_invocations_total");
    }

    private static String model(int i) {
        return "warm/" + i + ".onnx";
    }
}
