package dev.remora.plugin.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.reply.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    private static final Map<String, String> LEAST = Map.of(
            "remora.endpoint", "demo",
            "remora.models.location", "s3://models/live",
            "remora.kafka.bootstrap.servers", "broker:9092");

    @Test
    void threeKeysAreEnough() {
        var config = read(Map.of()).config().orElseThrow();

        assertThat(config.get(ConfigKeys.ENDPOINT)).isEqualTo("demo");
        assertThat(config.get(ConfigKeys.MODELS_LOCATION)).isEqualTo(new ModelLocation("models", "live/"));
        assertThat(config.get(ConfigKeys.TOPIC_INVOCATIONS)).isEqualTo("demo.invocations");
        assertThat(config.get(ConfigKeys.TOPIC_DLQ)).isEqualTo("dlq.demo.invocations");
        assertThat(config.get(ConfigKeys.REPLY_ALLOWED).matcher("demo.replies").matches())
                .isTrue();
        assertThat(config.get(ConfigKeys.REPLY_ALLOWED).matcher("demoXreplies").matches())
                .isFalse();
        assertThat(config.get(ConfigKeys.RUN_THREADS)).isEqualTo(4);
        assertThat(config.get(ConfigKeys.DISK_PATH)).isEqualTo(Path.of("/home/someone/.remora/demo"));
        assertThat(config.get(ConfigKeys.DISK_MAX)).isEqualTo(50L << 30);
        assertThat(config.get(ConfigKeys.S3_PATH_STYLE)).isFalse();
        assertThat(config.get(ConfigKeys.POOL_PIN)).isEmpty();
        assertThat(config.find(ConfigKeys.POOL_IDLE_TIMEOUT)).isEmpty();
    }

    @Test
    void everyMissingKeyIsNamedWithItsEnvironmentVariable() {
        var outcome = ConfigReader.read(settings(Map.of(), "test"), FakeMachine.USUAL);

        assertThat(outcome.config()).isEmpty();
        assertThat(outcome.report())
                .startsWith("Remora's configuration has 3 mistakes; nothing was started.")
                .contains("remora.endpoint: It is needed, and not set.", "REMORA_ENDPOINT")
                .contains("remora.models.location: It is needed", "REMORA_MODELS_LOCATION", "s3://bucket/prefix")
                .contains("remora.kafka.bootstrap.servers: It is needed", "REMORA_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void allMistakesAreReportedTogether() {
        var outcome = read(Map.of(
                "remora.models.max-age", "abc",
                "remora.memory.max", "lots",
                "remora.topics.create", "yes",
                "remora.topics.partitions", "0",
                "remora.delivery", "at-most-once"));

        assertThat(outcome.mistakes()).hasSize(5);
        assertThat(outcome.report())
                .contains(
                        "remora.models.max-age = \"abc\", from test: This is not a duration. Allowed: a duration such as")
                .contains("remora.memory.max = \"lots\", from test: This is not a size.")
                .contains("remora.topics.create = \"yes\", from test: This is neither true nor false.")
                .contains("remora.topics.partitions = \"0\", from test: This number is out of range. Allowed: a whole"
                        + " number from 1 to 10000.")
                .contains("remora.delivery = \"at-most-once\", from test: This is none of the choices. Allowed:"
                        + " at-least-once or exactly-once.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    remora.endpoint                | has blanks          | cannot be part of the name of a topic
                    remora.instance                | a/b                 | cannot be the name of an instance
                    remora.models.location         | models/live         | must begin with s3://
                    remora.models.location         | s3:///live          | The bucket is missing
                    remora.models.location         | s3://m o/live       | is not the name of a bucket
                    remora.models.location         | s3://models/a/../b  | a . or a .. part
                    remora.models.location         | s3://models//b      | has an empty
                    remora.kafka.bootstrap.servers | broker              | does not name brokers
                    remora.s3.endpoint             | localhost:9000      | must begin with http://
                    remora.s3.endpoint             | http://             | not an address
                    remora.s3.endpoint             | http://me:pw@s3     | Credentials do not belong here
                    remora.s3.region               | EU Central          | not the name of a region
                    remora.s3.path-style           | 1                   | neither true nor false
                    remora.models.max-age          | 30                  | The unit is missing
                    remora.models.max-age          | 30 weeks            | not a unit of time
                    remora.models.max-age          | -30s                | not a duration
                    remora.models.max-age          | PT-30S              | out of range
                    remora.models.max-age          | P30S                | not a duration
                    remora.models.max-age          | 0s                  | out of range
                    remora.request.ttl             | 366d                | out of range
                    remora.request.max-bytes       | 1                   | too little
                    remora.request.max-bytes       | 2G                  | too much
                    remora.request.max-bytes       | 5 apples            | not a unit of size
                    remora.request.max-bytes       | 9999999999T         | more bytes than can be counted
                    remora.request.max-bytes       | 100MiB              | The largest payload does not fit the window
                    remora.run.threads             | four                | not a whole number
                    remora.run.threads             | 99999999999         | not a whole number
                    remora.topics.replies          | ..                  | not the name of a topic
                    remora.topics.replies          | demo.invocations    | Two topics have the same name
                    remora.reply.allowed           | ,                   | No topic is named
                    remora.reply.allowed           | a.replies,b?        | cannot match the name of a topic
                    remora.pool.pin                | a.onnx,../b.onnx    | '..' segment
                    remora.shutdown                | stay                | none of the choices
                    remora.kafka.file              | /no/such/file       | cannot be read (NoSuchFileException
                    """)
    void namesWhatIsWrongWithAValue(String key, String value, String problem) {
        var outcome = read(Map.of(key, value));

        assertThat(outcome.mistakes()).hasSize(1);
        assertThat(outcome.report()).contains(key).contains(problem).doesNotContain("me:pw");
    }

    @Test
    void readsEveryForm() {
        var config = read(Map.of(
                        "remora.models.max-age", "PT1M30S",
                        "remora.run.timeout", "500ms",
                        "remora.lookahead.bytes", "1.5GiB",
                        "remora.memory.max", "500MB",
                        "remora.disk.max", "2g",
                        "remora.pool.pin", "a.onnx, eu/b.tar.gz",
                        "remora.reply.allowed", "team-*.replies, other",
                        "remora.delivery", "AT-LEAST-ONCE",
                        "remora.s3.endpoint", "https://s3.internal:9000"))
                .config()
                .orElseThrow();

        assertThat(config.get(ConfigKeys.MODELS_MAX_AGE)).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.get(ConfigKeys.RUN_TIMEOUT)).isEqualTo(Duration.ofMillis(500));
        assertThat(config.get(ConfigKeys.LOOKAHEAD_BYTES)).isEqualTo(3L << 29);
        assertThat(config.get(ConfigKeys.MEMORY_MAX)).isEqualTo(500_000_000L);
        assertThat(config.get(ConfigKeys.DISK_MAX)).isEqualTo(2L << 30);
        assertThat(config.get(ConfigKeys.POOL_PIN)).extracting("value").containsExactly("a.onnx", "eu/b.tar.gz");
        var allowed = config.get(ConfigKeys.REPLY_ALLOWED);
        assertThat(allowed.matcher("team-a.replies").matches()).isTrue();
        assertThat(allowed.matcher("other").matches()).isTrue();
        assertThat(allowed.matcher("team-a.replies.x").matches()).isFalse();
        assertThat(config.get(ConfigKeys.DELIVERY)).isEqualTo(Delivery.AT_LEAST_ONCE);
        assertThat(config.get(ConfigKeys.S3_PATH_STYLE)).isTrue();
    }

    @Test
    void anUnknownKeyIsAMistakeThatNamesTheNearest() {
        var outcome = read(Map.of("remora.memory.maxx", "hush", "REMORA_DISK_PAHT", "hush", "remora.zebra", "hush"));

        assertThat(outcome.mistakes()).hasSize(3);
        assertThat(outcome.report())
                .contains("remora.memory.maxx, from test: There is no such key. Did you mean remora.memory.max?")
                .contains("REMORA_DISK_PAHT, from test: There is no such key. Did you mean REMORA_DISK_PATH?")
                .contains("remora.zebra, from test: There is no such key. Take it out")
                .doesNotContain("hush");
    }

    @Test
    void whatKubernetesPutsBesideAServiceOfThisNameIsNoMistake() {
        var outcome = read(Map.of(
                "REMORA_SERVICE_HOST", "10.0.0.1",
                "REMORA_PORT", "tcp://10.0.0.1:8080",
                "REMORA_KAFKA_PORT_9092_TCP_ADDR", "10.0.0.2",
                "REMORA_KAFKA_SERVICE_PORT_BROKER", "9092"));

        assertThat(outcome.mistakes()).isEmpty();
        assertThat(outcome.warnings()).isEmpty();
    }

    @Test
    void theDefaultOfMemoryIsWhatHeapAndReserveLeave() {
        var config = read(Map.of()).config().orElseThrow();
        var tight = ConfigReader.read(settings(LEAST, "test"), new FakeMachine(1L << 30, 1000L << 20, 1, true));

        assertThat(config.get(ConfigKeys.MEMORY_MAX)).isBetween(2400L << 20, 2500L << 20);
        assertThat(tight.report())
                .contains("remora.memory.max: It is not set, and has no default here.")
                .contains("smaller -Xmx");
    }

    @Test
    void aReferenceToNothingIsAMistake() {
        var given = new HashMap<>(LEAST);
        given.put("remora.run.timeout", "");
        given.put("remora.kafka.ssl.key.password", "hush");

        var outcome = ConfigReader.read(
                Settings.collect(
                        given.keySet(),
                        name -> Optional.ofNullable(given.get(name))
                                .map(text -> new Setting(
                                        name,
                                        name.equals("remora.endpoint") ? "demo-" : text,
                                        "test",
                                        Optional.of("zone")
                                                .filter(zone ->
                                                        name.equals("remora.endpoint") || name.contains("ssl"))))),
                FakeMachine.USUAL);

        assertThat(outcome.mistakes()).hasSize(2);
        assertThat(outcome.report())
                .contains(
                        "remora.endpoint = \"demo-\", from test: It refers to ${zone}, and nothing of this name is set.")
                .contains("remora.kafka.ssl.key.password = ******, from test: It refers to ${zone}")
                .doesNotContain("hush");
    }

    @Test
    void pinsNeedTheCache() {
        var outcome = read(Map.of("remora.pool.pin", "a.onnx", "remora.pool.cache", "false"));

        assertThat(outcome.mistakes()).hasSize(1);
        assertThat(outcome.report()).contains("without a cache nothing does");
    }

    @Test
    void memoryThatTheMachineDoesNotHaveIsWarnedOf() {
        var outcome = read(Map.of("remora.memory.max", "3.5G"));

        assertThat(outcome.config()).isPresent();
        assertThat(outcome.warnings()).singleElement().asString().contains("the system may kill the process");
    }

    @Test
    void aFolderThatCannotBeWrittenIsOneMistake() {
        var outcome = ConfigReader.read(settings(LEAST, "test"), new FakeMachine(4L << 30, 1L << 30, 4, false));

        assertThat(outcome.mistakes()).hasSize(1);
        assertThat(outcome.report()).contains("remora.disk.path").contains("cannot be made or written to");
    }

    @Test
    void kafkaSettingsPassThroughToTheClientsThatKnowThem() {
        var kafka = read(Map.of(
                        "remora.kafka.security.protocol", "SASL_SSL",
                        "remora.kafka.session.timeout.ms", "6000",
                        "remora.kafka.consumer.fetch.max.bytes", "1000",
                        "remora.kafka.producer.compression.type", "zstd",
                        "REMORA_KAFKA_SSL_TRUSTSTORE_LOCATION", "/trust",
                        "REMORA_KAFKA_PRODUCER_LINGER_MS", "3"))
                .config()
                .orElseThrow()
                .kafka();

        assertThat(kafka.consumer())
                .containsEntry("bootstrap.servers", "broker:9092")
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("session.timeout.ms", "6000")
                .containsEntry("fetch.max.bytes", "1000")
                .containsEntry("ssl.truststore.location", "/trust")
                .doesNotContainKey("compression.type");
        assertThat(kafka.producer())
                .containsEntry("compression.type", "zstd")
                .containsEntry("linger.ms", "3")
                .doesNotContainKey("session.timeout.ms");
        assertThat(kafka.admin()).containsEntry("security.protocol", "SASL_SSL");
    }

    @Test
    void fixedKafkaSettingsAreRefusedWithTheReason() {
        var outcome = read(Map.of(
                "remora.kafka.isolation.level", "read_uncommitted",
                "remora.kafka.consumer.group.id", "mine",
                "REMORA_KAFKA_PRODUCER_ACKS", "0",
                "remora.kafka.producer.bootstrap.servers", "elsewhere:9092"));

        assertThat(outcome.mistakes()).hasSize(4);
        assertThat(outcome.report())
                .contains("a forward that was aborted must never be served")
                .contains("it is remora.endpoint")
                .contains("no reply may be lost or doubled")
                .contains("All clients use the same brokers");
    }

    @Test
    void aKafkaSettingThatKafkaRefusesIsAMistakeAndOneThatItDoesNotKnowAWarning() {
        var outcome = read(Map.of(
                "remora.kafka.request.timeout.ms", "soon",
                "remora.kafka.sesion.timeout.ms", "6000"));

        assertThat(outcome.report())
                .contains("remora.kafka.request.timeout.ms = \"soon\"")
                .contains("Not a number");
        assertThat(outcome.warnings())
                .singleElement()
                .asString()
                .contains("remora.kafka.sesion.timeout.ms")
                .contains("Did you mean session.timeout.ms?");
    }

    @Test
    void aKafkaFileHoldsWhatIsNotSetOtherwise(@TempDir Path folder) throws IOException {
        var file = Files.writeString(
                folder.resolve("client.properties"),
                "bootstrap.servers=filed:9092\nsecurity.protocol=SSL\nclient.rack=a\nssl.key.password=hush\n");
        var given = new HashMap<>(LEAST);
        given.remove("remora.kafka.bootstrap.servers");
        given.put("remora.kafka.file", file.toString());
        given.put("remora.kafka.client.rack", "b");

        var config = ConfigReader.read(settings(given, "test"), FakeMachine.USUAL)
                .config()
                .orElseThrow();

        assertThat(config.kafka().consumer())
                .containsEntry("bootstrap.servers", "filed:9092")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("client.rack", "b")
                .containsEntry("ssl.key.password", "hush");
        assertThat(config.describe())
                .contains("remora.kafka.ssl.key.password", "******")
                .doesNotContain("hush");
    }

    @Test
    void secretsShowNeitherInTheDescriptionNorInAMistake() {
        var given = Map.of(
                "remora.kafka.sasl.jaas.config", "org.Scram required password=\"hush\";",
                "remora.kafka.ssl.truststore.password", "hush");
        var wrong = read(Map.of("remora.kafka.consumer.sasl.jaas.config", "hush", "remora.s3.secret-key", "hush"));

        assertThat(read(given).config().orElseThrow().describe())
                .contains("remora.kafka.sasl.jaas.config")
                .doesNotContain("hush");
        assertThat(wrong.report()).contains("remora.s3.secret-key").doesNotContain("hush");
    }

    @Test
    void theDescriptionSaysWhereEachValueIsFrom() {
        var text =
                read(Map.of("remora.memory.max", "512M")).config().orElseThrow().describe();

        assertThat(text)
                .containsPattern("remora.memory.max +512MiB {2}\\(test\\)")
                .containsPattern("remora.request.ttl +6h {2}\\(default\\)")
                .containsPattern("remora.topics.replies +demo.replies {2}\\(default\\)");
    }

    private static ConfigReader.Outcome read(Map<String, String> further) {
        var all = new HashMap<>(LEAST);
        all.putAll(further);
        return ConfigReader.read(settings(all, "test"), FakeMachine.USUAL);
    }

    /** As MicroProfile has it: names are listed as they were written, and a key finds its environment variable. */
    private static Settings settings(Map<String, String> given, String source) {
        var byName = new TreeMap<>(given);
        return Settings.collect(byName.keySet(), name -> {
            var value = byName.get(name) != null ? byName.get(name) : byName.get(ConfigKey.environmentName(name));
            return Optional.ofNullable(value).map(text -> new Setting(name, text, source));
        });
    }
}
