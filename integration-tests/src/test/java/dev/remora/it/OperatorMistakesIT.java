package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.KafkaBroker;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.Ports;
import dev.remora.launcher.S3Server;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What operators get wrong: the log and health say it within seconds, with what mends it. */
class OperatorMistakesIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(OperatorMistakesIT.class);
    private static final Duration START = Duration.ofMinutes(3);
    /** A matter of seconds; three servers and two brokers that start at once on two processors were seen to take thirty. */
    private static final Duration SOON = Duration.ofSeconds(90);

    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";

    private static final String LATE_BUCKET = "made-later";
    private static final int LATE_PORT = Ports.free();

    private static PayaraInstance misconfigured;
    private static PayaraInstance tooEarly;
    private static PayaraInstance unwelcome;
    private static SecuredBroker secured;

    /** All at once, since starting is what takes the time. */
    @BeforeAll
    static void start() throws Exception {
        secured = SecuredBroker.start(Stack.FOLDER.resolve(ENDPOINT.name()).resolve("secured"), "remora");
        misconfigured = ENDPOINT.launch(misconfigured());
        tooEarly = ENDPOINT.launch(settings("early")
                .with("remora.kafka.bootstrap.servers", "127.0.0.1:" + LATE_PORT)
                .with("remora.models.location", "s3://" + LATE_BUCKET + "/models"));
        unwelcome = ENDPOINT.launch(unwelcome());
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
        secured.close();
    }

    @Test
    void reportsAllWrongValuesTogetherAndDoesNotDeploy() {
        assertThatThrownBy(() -> misconfigured.awaitReady(START))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("did not deploy the WAR")
                .hasMessageContaining("Remora's configuration has " + (wrong().size() + 2) + " mistakes");

        String log = misconfigured.logText();
        wrong().forEach((key, value) ->
                assertThat(log).containsPattern("\\d+\\. " + Pattern.quote(key) + ".{0,80}: .{15,}"));
        assertThat(log)
                .contains("remora.memory.max = \"lots\"")
                .contains("remora.endpont, from")
                .contains("Did you mean remora.endpoint?")
                .contains("remora.lookahead.records = \"few\", from Environment")
                .contains("nothing was started");
        assertThat(misconfigured.get("/health").body()).contains("DOWN");
    }

    @Test
    void waitsForBrokersAndForTheBucketAndThenServes() throws Exception {
        awaitSaid(
                tooEarly,
                "Check remora.kafka.bootstrap.servers and that the brokers are up",
                "Create the bucket " + LATE_BUCKET + ", or correct remora.models.location");
        assertThat(tooEarly.get("/health/live").status()).isEqualTo(200);

        S3Server s3 = ENDPOINT.stack().s3();
        s3.createBucket(LATE_BUCKET);
        s3.put(LATE_BUCKET, "models/good.onnx", TinyNet.of(1).onnx());
        KafkaBroker.Settings late = KafkaBroker.Settings.in(
                        Stack.FOLDER.resolve(ENDPOINT.name()).resolve("late-broker"))
                .onPort(LATE_PORT);
        try (KafkaBroker broker = KafkaBroker.start(late)) {
            assertThat(broker.port()).isEqualTo(LATE_PORT);
            Await.until("it is ready", Duration.ofMinutes(1), tooEarly::isReady);

            Reply reply = ask(broker, "early");

            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        }
    }

    @Test
    void namesMissingRightsAndWrongCredentials() throws Exception {
        awaitSaid(
                unwelcome,
                "Grant it DESCRIBE and CREATE on them, or make them",
                "--create --topic unwelcome.invocations",
                "Give the instance valid S3 credentials",
                "AWS_SECRET_ACCESS_KEY",
                "Asked with the key id rem***");

        secured.createTopics("unwelcome.invocations", "unwelcome.replies", "dlq.unwelcome.invocations");
        secured.grant(List.of(
                right(ResourceType.TOPIC, "unwelcome.invocations", AclOperation.READ),
                right(ResourceType.TOPIC, "unwelcome.replies", AclOperation.WRITE),
                right(ResourceType.TOPIC, "dlq.unwelcome.invocations", AclOperation.WRITE)));
        awaitSaid(
                unwelcome, "Grant the principal READ and DESCRIBE on the consumer group 'unwelcome'", "kafka-acls.sh");

        secured.grant(List.of(
                right(ResourceType.GROUP, "unwelcome", AclOperation.READ),
                right(ResourceType.TRANSACTIONAL_ID, "unwelcome-unwelcome-0", AclOperation.WRITE),
                right(ResourceType.TRANSACTIONAL_ID, "unwelcome-unwelcome-1", AclOperation.WRITE)));
        Reply reply = ask(secured.open(), "unwelcome");

        assertThat(reply.status()).as(reply.toString()).isEqualTo(530);
        assertThat(reply.text()).contains("SignatureDoesNotMatch", "Give the instance valid S3 credentials");
        assertThat(unwelcome.logText()).doesNotContain("remora-not-a-secret");
    }

    private static InstanceSettings settings(String endpoint) {
        return ENDPOINT.settings(endpoint).with("remora.endpoint", endpoint);
    }

    private static InstanceSettings unwelcome() {
        Map<String, String> connection = new HashMap<>();
        secured.connection().forEach((key, value) -> connection.put("remora.kafka." + key, value));
        return settings("unwelcome")
                .with(connection)
                .with("remora.kafka.bootstrap.servers", secured.bootstrap())
                .with("remora.store.patience", "1s")
                .withEnvironment("REMORA_KAFKA_SASL_JAAS_CONFIG", SecuredBroker.login("remora"))
                .withEnvironment("AWS_SECRET_ACCESS_KEY", "wrong");
    }

    private static InstanceSettings misconfigured() {
        return settings("misconfigured")
                .with(wrong())
                .with("remora.endpont", "demo")
                .without("remora.lookahead.records")
                .withEnvironment("REMORA_LOOKAHEAD_RECORDS", "few");
    }

    /** A value that each key refuses. */
    private static Map<String, String> wrong() {
        Map<String, String> wrong = new TreeMap<>();
        wrong.put("remora.endpoint", "a b");
        wrong.put("remora.instance", "-");
        wrong.put("remora.models.location", "/models");
        wrong.put("remora.kafka.bootstrap.servers", "localhost");
        wrong.put("remora.s3.endpoint", "localhost:9000");
        wrong.put("remora.s3.region", "eu central");
        wrong.put("remora.topics.invocations", "a/b");
        wrong.put("remora.topics.replies", "a/b");
        wrong.put("remora.topics.dlq", "a/b");
        wrong.put("remora.topics.routes", "a/b");
        wrong.put("remora.topics.residency", "a/b");
        wrong.put("remora.reply.allowed", "a/b");
        wrong.put("remora.delivery", "perhaps");
        wrong.put("remora.shutdown", "never");
        wrong.put("remora.disk.path", "/proc/remora");
        wrong.put("remora.pool.pin", "../up.onnx");
        wrong.put("remora.pool.preload", "/abs.onnx");
        wrong.put("remora.kafka.file", "/nowhere/kafka.properties");
        wrong.put("remora.kafka.security.protocol", "TELNET");
        wrong.put("remora.kafka.producer.acks", "0");
        Set.of("memory.max", "disk.max", "request.max-bytes", "lookahead.bytes")
                .forEach(key -> wrong.put("remora." + key, "lots"));
        Set.of(
                        "models.max-age",
                        "store.patience",
                        "request.ttl",
                        "run.timeout",
                        "pool.idle-timeout",
                        "shutdown.timeout")
                .forEach(key -> wrong.put("remora." + key, "soon"));
        Set.of("run.threads", "topics.partitions", "fetch.threads", "batch.max", "spread.max")
                .forEach(key -> wrong.put("remora." + key, "0"));
        Set.of("s3.path-style", "topics.create", "pool.cache", "spread.enabled")
                .forEach(key -> wrong.put("remora." + key, "maybe"));
        wrong.put("remora.spread.wait", "1ms");
        return wrong;
    }

    /** Readiness and the log both say it, soon after the instance answers at all. */
    private static void awaitSaid(PayaraInstance instance, String... words) {
        Await.until(
                instance.name() + " answers",
                START,
                () -> instance.get("/health/ready").body().contains("remora-ready"));
        for (String said : words) {
            Await.until(
                    "health says: " + said,
                    SOON,
                    () -> instance.get("/health/ready").body().contains(said));
            assertThat(instance.logText()).contains(said);
        }
        assertThat(instance.get("/health/ready").status()).isEqualTo(503);
    }

    private static Reply ask(KafkaBroker broker, String endpoint) {
        try (Requester requester =
                new Requester(broker.bootstrap(), endpoint + ".invocations", endpoint + ".replies")) {
            return Requester.await(requester.send(
                    "good.onnx", ROW.getBytes(StandardCharsets.UTF_8), Map.of("content-type", "application/json")));
        }
    }

    private static AclBinding right(ResourceType type, String name, AclOperation operation) {
        return new AclBinding(
                new ResourcePattern(type, name, PatternType.LITERAL),
                new AccessControlEntry("User:remora", "*", operation, AclPermissionType.ALLOW));
    }
}
