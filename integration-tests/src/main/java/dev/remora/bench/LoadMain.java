package dev.remora.bench;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The load generator as a process of its own: does one {@link LoadRun} for each line that it is given. */
final class LoadMain {
    private LoadMain() {}

    /** Serves until its parent ends. */
    public static void main(String[] args) throws Exception {
        Fields settings = ChildProgram.settings(args);
        String bootstrap = settings.text("bootstrap");
        Path models = Path.of(settings.text("models"));
        Map<String, Samples> samples = new HashMap<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "linger.ms", 0),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            ChildProgram.serve(Fields.none(), command -> {
                Load load = Load.of(command);
                Samples sample = samples.get(load.sample());
                if (sample == null) {
                    sample = Samples.of(load.sample(), models);
                    samples.put(load.sample(), sample);
                }
                LoadRun run = new LoadRun(load, sample, command.text("in"), producer);
                return run.against(bootstrap, command.text("out")).fields();
            });
        }
    }
}
