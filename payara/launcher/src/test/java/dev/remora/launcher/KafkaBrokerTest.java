package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerTest {
    private final Path folder;

    KafkaBrokerTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void keepsItsDataAndItsPortThroughARestart() throws Exception {
        int port;
        try (KafkaBroker broker = KafkaBroker.start(folder)) {
            port = broker.port();
            createTopic(broker);
            produceInATransaction(broker, "kept");
        }

        try (KafkaBroker again =
                KafkaBroker.start(KafkaBroker.Settings.in(folder).onPort(port))) {
            assertThat(again.port()).isEqualTo(port);
            assertThat(firstRecord(again)).isEqualTo("kept");
        }
    }

    @Test
    void refusesAFolderThatAnotherBrokerUses() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start(folder)) {
            assertThatThrownBy(() -> KafkaBroker.start(folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Another kafka-broker uses the folder");

            createTopic(broker);
        }
    }

    @Test
    void takesAnotherPortWhenTheWantedOneIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0);
                KafkaBroker broker =
                        KafkaBroker.start(KafkaBroker.Settings.in(folder).onPort(taken.getLocalPort()))) {
            createTopic(broker);

            assertThat(broker.port()).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void letsInWhoKnowsThePasswordOfASecuredListener() throws Exception {
        KafkaBroker.Listener secured = KafkaBroker.Listener.of("SECURED", "SASL_PLAINTEXT", Ports.free());
        KafkaBroker.Settings settings = KafkaBroker.Settings.in(folder)
                .with(secured)
                .with("sasl.enabled.mechanisms", "SCRAM-SHA-256")
                .with(
                        "listener.name.secured.scram-sha-256.sasl.jaas.config",
                        "org.apache.kafka.common.security.scram.ScramLoginModule required;")
                .withUser("alice", "right");

        try (KafkaBroker ignored = KafkaBroker.start(settings)) {
            assertThat(clusterId(secured.port(), "right")).isNotEmpty();
            assertThatThrownBy(() -> clusterId(secured.port(), "wrong"))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(SaslAuthenticationException.class);
        }
    }

    private static void createTopic(KafkaBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("t", Optional.of(1), Optional.empty())))
                    .all()
                    .get();
        }
    }

    private static String clusterId(int port, String password) throws Exception {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + port,
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "SCRAM-SHA-256",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"alice\" password=\""
                        + password + "\";");
        try (Admin admin = Admin.create(config)) {
            return admin.describeCluster().clusterId().get();
        }
    }

    private static void produceInATransaction(KafkaBroker broker, String value) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("transactional.id", "test");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", value));
            producer.commitTransaction();
        }
    }

    private static String firstRecord(KafkaBroker broker) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("isolation.level", "read_committed");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition("t", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            return consumer.poll(Duration.ofSeconds(60)).iterator().next().value();
        }
    }
}
