package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourcePattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS, SCRAM and access lists: instance and client have exactly the rights that docs/security.md lists. */
class SecuredBrokerIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(SecuredBrokerIT.class);
    private static final TinyNet NET = TinyNet.of(1);
    private static final Duration SOON = Duration.ofSeconds(30);

    private static SecuredBroker broker;
    private static PayaraInstance instance;
    private static RemoraClient client;

    @BeforeAll
    static void start() throws Exception {
        broker = SecuredBroker.start(Stack.FOLDER.resolve(ENDPOINT.name()).resolve("broker"), "remora", "app");
        broker.createTopics(
                ENDPOINT.invocations(),
                ENDPOINT.replies(),
                "dlq." + ENDPOINT.invocations(),
                ENDPOINT.name() + ".routes",
                ENDPOINT.name() + ".residency");
        broker.grant(ofInstance().toList());
        broker.grant(DocumentedRights.of("acl-client", ENDPOINT.name(), "app"));
        ENDPOINT.upload("net.onnx", NET.onnx());
        Map<String, String> connection = new HashMap<>();
        broker.connection().forEach((key, value) -> connection.put("remora.kafka." + key, value));
        InstanceSettings settings = ENDPOINT.settings("one")
                .with(connection)
                .with("remora.kafka.bootstrap.servers", broker.bootstrap())
                .withEnvironment("REMORA_KAFKA_SASL_JAAS_CONFIG", SecuredBroker.login("remora"));
        instance = ENDPOINT.start(settings);
        client = RemoraClient.builder()
                .endpoint(ENDPOINT.name())
                .bootstrapServers(broker.bootstrap())
                .properties(broker.connection())
                .properties(Map.of("sasl.jaas.config", SecuredBroker.login("app")))
                .timeout(Duration.ofMinutes(2))
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        ENDPOINT.close();
        broker.close();
    }

    @Test
    void servesWithTheRightsThatAreDocumented() throws Exception {
        assertAnswered(infer());
    }

    @ParameterizedTest
    @MethodSource("ofInstance")
    void namesTheRightThatIsMissingAndGoesOnWhenItIsGranted(AclBinding right) throws Exception {
        broker.revoke(List.of(right));
        CompletableFuture<InferenceReply> waiting = infer();

        if (isImplied(right)) {
            assertAnswered(waiting);
        } else {
            String named = named(right.pattern());
            Await.until("the missing right is named", SOON, () -> {
                String health = instance.get("/health/ready").body();
                return health.contains(named)
                        && health.contains(right.entry().operation().name());
            });
            assertThat(instance.logText()).contains(named).contains(command(right.pattern()));
        }

        broker.grant(List.of(right));
        assertAnswered(waiting);
        Await.until("it is ready again", SOON, instance::isReady);
    }

    static Stream<AclBinding> ofInstance() throws IOException {
        return DocumentedRights.of("acl", ENDPOINT.name(), "remora").stream();
    }

    /** Kafka's authorizer takes DESCRIBE as granted with READ and WRITE. */
    private static boolean isImplied(AclBinding right) {
        return right.entry().operation() == AclOperation.DESCRIBE;
    }

    private static String named(ResourcePattern resource) {
        return switch (resource.resourceType()) {
            case GROUP -> "group '" + resource.name() + "'";
            case TRANSACTIONAL_ID -> "transactional ids that begin with '" + resource.name() + "'";
            default -> "'" + resource.name() + "'";
        };
    }

    /** What grants it, as far as it is the same for all rights of the resource; a topic's log line may be shorter. */
    private static String command(ResourcePattern resource) {
        return switch (resource.resourceType()) {
            case GROUP -> "--operation READ --operation DESCRIBE --group " + resource.name();
            case TRANSACTIONAL_ID ->
                "--operation WRITE --operation DESCRIBE --transactional-id " + resource.name()
                        + " --resource-pattern-type prefixed";
            default -> "";
        };
    }

    private static CompletableFuture<InferenceReply> infer() {
        return client.infer(
                "net.onnx", InferenceRequest.tensors(List.of(Tensor.floats("x", new long[] {1, 4}, 1, 2, 3, 4))));
    }

    private static void assertAnswered(CompletableFuture<InferenceReply> reply) throws Exception {
        float[] answer = reply.get(2, TimeUnit.MINUTES).tensors().get(0).floats();
        assertThat(answer).containsExactly(NET.answer(1, 2, 3, 4), within(1e-4f));
    }
}
