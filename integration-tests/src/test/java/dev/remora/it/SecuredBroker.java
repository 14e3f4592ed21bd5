package dev.remora.it;

import dev.remora.launcher.KafkaBroker;
import dev.remora.launcher.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AclBinding;

/**
 * A broker whose users come over SASL_SSL with SCRAM and may do what access lists say, and nothing else. Confined to the
 * test's thread.
 */
final class SecuredBroker implements AutoCloseable {
    private static final String LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required";
    private static final String PASSWORD = "not-a-secret";

    private final Path certificate;
    private final KafkaBroker broker;
    private final int port;
    private final Admin admin;

    private SecuredBroker(Path certificate, KafkaBroker broker, int port) {
        this.certificate = certificate;
        this.broker = broker;
        this.port = port;
        // The plain listener's users have no name, and that name may do all.
        this.admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    /** Starts it; blocks until it serves. The users have no rights yet. */
    static SecuredBroker start(Path folder, String... users) throws IOException {
        Path keys = folder.resolve("broker.p12");
        Path certificate = folder.resolve("broker.pem");
        Files.createDirectories(folder);
        makeKeys(keys, certificate);
        int port = Ports.free();
        KafkaBroker.Settings settings = KafkaBroker.Settings.in(folder.resolve("data"))
                .with(KafkaBroker.Listener.of("SECURED", "SASL_SSL", port))
                .with("sasl.enabled.mechanisms", "SCRAM-SHA-256")
                .with("listener.name.secured.scram-sha-256.sasl.jaas.config", LOGIN + ";")
                .with("ssl.keystore.location", keys.toString())
                .with("ssl.keystore.type", "PKCS12")
                .with("ssl.keystore.password", PASSWORD)
                .with("ssl.key.password", PASSWORD)
                .with("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
                .with("super.users", "User:ANONYMOUS");
        for (String user : users) {
            settings = settings.withUser(user, password(user));
        }
        return new SecuredBroker(certificate, KafkaBroker.start(settings), port);
    }

    /** The secured listener's address. */
    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** For whom everything is allowed. */
    KafkaBroker open() {
        return broker;
    }

    /** Kafka's settings for one of its users, but {@link #login}. */
    Map<String, String> connection() {
        return Map.of(
                "security.protocol", "SASL_SSL",
                "sasl.mechanism", "SCRAM-SHA-256",
                "ssl.truststore.type", "PEM",
                "ssl.truststore.location", certificate.toString());
    }

    /** {@code sasl.jaas.config} of a user, with the password. */
    static String login(String user) {
        return LOGIN + " username=\"" + user + "\" password=\"" + password(user) + "\";";
    }

    void createTopics(String... names) throws ExecutionException, InterruptedException {
        List<NewTopic> topics = Arrays.stream(names)
                .map(name -> new NewTopic(name, Optional.of(2), Optional.empty()))
                .toList();
        admin.createTopics(topics).all().get();
    }

    /** Grants rights; they hold at once. */
    void grant(Collection<AclBinding> rights) throws ExecutionException, InterruptedException {
        admin.createAcls(rights).all().get();
    }

    /** Takes rights away; that holds at once. */
    void revoke(Collection<AclBinding> rights) throws ExecutionException, InterruptedException {
        admin.deleteAcls(rights.stream().map(AclBinding::toFilter).toList())
                .all()
                .get();
    }

    @Override
    public void close() {
        admin.close();
        broker.close();
    }

    private static String password(String user) {
        return user + "-" + PASSWORD;
    }

    private static void makeKeys(Path keys, Path certificate) throws IOException {
        if (Files.exists(keys)) {
            return;
        }
        keytool(
                "-genkeypair",
                "-alias",
                "broker",
                "-keyalg",
                "EC",
                "-dname",
                "CN=broker",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD);
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "broker",
                "-file",
                certificate.toString(),
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD);
    }

    private static void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add(
                0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException("keytool failed");
        }
    }
}
