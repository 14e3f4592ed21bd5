package dev.remora.bench;

import dev.remora.launcher.KafkaBroker;
import java.io.IOException;
import java.nio.file.Path;

/** The broker as a process of its own. */
final class BrokerMain {
    private BrokerMain() {}

    /** Serves until its parent ends. */
    public static void main(String[] args) throws IOException {
        Fields settings = ChildProgram.settings(args);
        // Ours is quick to give up a broker that does not beat; a busy machine must not lose it.
        KafkaBroker.Settings patient = KafkaBroker.Settings.in(Path.of(settings.text("folder")))
                .with("broker.session.timeout.ms", "60000")
                .with("broker.heartbeat.interval.ms", "2000");
        try (KafkaBroker broker = KafkaBroker.start(patient)) {
            ChildProgram.serve(Fields.none().with("bootstrap", broker.bootstrap()), command -> command);
        }
    }
}
