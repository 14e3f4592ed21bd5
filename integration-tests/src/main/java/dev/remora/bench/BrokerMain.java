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
        try (KafkaBroker broker = KafkaBroker.start(Path.of(settings.text("folder")))) {
            ChildProgram.serve(Fields.none().with("bootstrap", broker.bootstrap()), command -> command);
        }
    }
}
