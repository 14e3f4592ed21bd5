package dev.remora.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What a user would write instead of taking Remora: poll, run, send, commit, in one file. It does what such a loop should:
 * keeps an LRU map of sessions, runs a batch on all processors, gives ONNX Runtime the options that suit many models, reuses
 * native memory, and alternates between two producers where it commits in transactions. It leaves out what such a loop leaves
 * out: it knows what each model takes, reads no protocol, fails on a bad record, and stops for a model that has to be loaded.
 */
final class HandWrittenLoop {
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

    private final Fields settings;
    private final Path models;
    private final boolean transactional;
    private final int threads = Runtime.getRuntime().availableProcessors();
    private final ExecutorService runners = Executors.newFixedThreadPool(threads);
    private final ThreadLocal<ByteBuffer> block =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.nativeOrder()));
    private final Map<String, OrtSession> sessions;

    private HandWrittenLoop(Fields settings) {
        this.settings = settings;
        this.models = Path.of(settings.text("models"));
        this.transactional = settings.text("mode").equals("tx");
        int capacity = settings.whole("capacity");
        this.sessions = new LinkedHashMap<>(capacity * 2, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, OrtSession> eldest) {
                if (size() <= capacity) {
                    return false;
                }
                closeQuietly(eldest.getValue());
                return true;
            }
        };
    }

    /** Serves until its parent ends. */
    public static void main(String[] args) throws Exception {
        HandWrittenLoop loop = new HandWrittenLoop(ChildProgram.settings(args));
        Thread thread = new Thread(loop::serve, "loop");
        thread.start();
        ChildProgram.serve(Fields.none(), command -> command);
        System.exit(0);
    }

    private void serve() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<KafkaProducer<byte[], byte[]>> producers =
                    transactional ? List.of(producer("0"), producer("1")) : List.of(producer(""));
            consumer.subscribe(List.of(settings.text("in")));
            for (int turn = 0; true; turn++) {
                ConsumerRecords<byte[], byte[]> requests = consumer.poll(Duration.ofSeconds(1));
                if (!requests.isEmpty()) {
                    handle(requests, consumer, producers.get(turn % producers.size()));
                }
            }
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private void handle(
            ConsumerRecords<byte[], byte[]> requests,
            KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer)
            throws Exception {
        if (transactional) {
            producer.beginTransaction();
        }
        for (Future<List<ProducerRecord<byte[], byte[]>>> slice : run(requests)) {
            slice.get().forEach(producer::send);
        }
        if (transactional) {
            producer.sendOffsetsToTransaction(progress(requests), consumer.groupMetadata());
            producer.commitTransaction();
        } else {
            producer.flush();
            consumer.commitAsync();
        }
    }

    /** Finds the sessions here, since closing one must not meet a run; runs on all processors. */
    private List<Future<List<ProducerRecord<byte[], byte[]>>>> run(ConsumerRecords<byte[], byte[]> requests)
            throws OrtException {
        int slice = (requests.count() + threads - 1) / threads;
        List<Future<List<ProducerRecord<byte[], byte[]>>>> running = new ArrayList<>();
        List<Job> jobs = new ArrayList<>(slice);
        for (ConsumerRecord<byte[], byte[]> request : requests) {
            jobs.add(new Job(request, session(new String(request.key(), StandardCharsets.UTF_8))));
            if (jobs.size() == slice) {
                running.add(submit(jobs));
                jobs = new ArrayList<>(slice);
            }
        }
        if (!jobs.isEmpty()) {
            running.add(submit(jobs));
        }
        return running;
    }

    private Future<List<ProducerRecord<byte[], byte[]>>> submit(List<Job> jobs) {
        return runners.submit(() -> {
            List<ProducerRecord<byte[], byte[]>> replies = new ArrayList<>(jobs.size());
            for (Job job : jobs) {
                replies.add(reply(job));
            }
            return replies;
        });
    }

    private record Job(ConsumerRecord<byte[], byte[]> request, OrtSession session) {}

    private OrtSession session(String model) throws OrtException {
        OrtSession session = sessions.get(model);
        if (session == null) {
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            session = ENVIRONMENT.createSession(models.resolve(model).toString(), options);
            sessions.put(model, session);
        }
        return session;
    }

    private ProducerRecord<byte[], byte[]> reply(Job job) throws OrtException {
        byte[] id = job.request().headers().lastHeader(Load.ID).value();
        byte[] value = infer(job.session(), job.request());
        ProducerRecord<byte[], byte[]> reply = new ProducerRecord<>(settings.text("out"), id, value);
        reply.headers().add(Load.ID, id);
        return reply;
    }

    private byte[] infer(OrtSession session, ConsumerRecord<byte[], byte[]> request) throws OrtException {
        Header json = request.headers().lastHeader(Samples.JSON_LENGTH);
        int from = json == null ? 0 : Integer.parseInt(new String(json.value(), StandardCharsets.UTF_8));
        ByteBuffer bytes = block.get().clear();
        bytes.put(request.value(), from, request.value().length - from).flip();
        Map<String, OnnxTensor> inputs = session.getNumInputs() == 1 ? one(bytes) : silero(bytes);
        try (OrtSession.Result result = session.run(inputs)) {
            return outputs(result);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static Map<String, OnnxTensor> one(ByteBuffer bytes) throws OrtException {
        int width = bytes.remaining() / Float.BYTES;
        return Map.of("x", OnnxTensor.createTensor(ENVIRONMENT, bytes.asFloatBuffer(), new long[] {1, width}));
    }

    private static Map<String, OnnxTensor> silero(ByteBuffer bytes) throws OrtException {
        int state = 512 * Float.BYTES;
        int rate = state + 256 * Float.BYTES;
        ByteOrder order = ByteOrder.nativeOrder();
        return Map.of(
                "input",
                        OnnxTensor.createTensor(
                                ENVIRONMENT, bytes.slice(0, state).order(order).asFloatBuffer(), new long[] {1, 512}),
                "state",
                        OnnxTensor.createTensor(
                                ENVIRONMENT,
                                bytes.slice(state, rate - state).order(order).asFloatBuffer(),
                                new long[] {2, 1, 128}),
                "sr",
                        OnnxTensor.createTensor(
                                ENVIRONMENT,
                                bytes.slice(rate, Long.BYTES).order(order).asLongBuffer(),
                                new long[0]));
    }

    private static byte[] outputs(OrtSession.Result result) {
        List<ByteBuffer> outputs = new ArrayList<>(2);
        int size = 0;
        for (Map.Entry<String, OnnxValue> output : result) {
            ByteBuffer bytes = ((OnnxTensor) output.getValue()).getByteBuffer();
            outputs.add(bytes);
            size += bytes.remaining();
        }
        ByteBuffer value = ByteBuffer.allocate(size);
        outputs.forEach(value::put);
        return value.array();
    }

    private static Map<TopicPartition, OffsetAndMetadata> progress(ConsumerRecords<byte[], byte[]> requests) {
        Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
        for (TopicPartition partition : requests.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> records = requests.records(partition);
            progress.put(
                    partition,
                    new OffsetAndMetadata(records.get(records.size() - 1).offset() + 1));
        }
        return progress;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        settings.text("bootstrap"),
                        "group.id",
                        settings.text("in"),
                        "auto.offset.reset",
                        "earliest",
                        "isolation.level",
                        "read_committed",
                        "receive.buffer.bytes",
                        -1,
                        "enable.auto.commit",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private KafkaProducer<byte[], byte[]> producer(String turn) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", settings.text("bootstrap"));
        config.put("linger.ms", 0);
        config.put("retry.backoff.ms", 2);
        if (transactional) {
            config.put("transactional.id", settings.text("in") + "-" + turn);
        }
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        if (transactional) {
            producer.initTransactions();
        }
        return producer;
    }

    private static void closeQuietly(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
