package dev.remora.launcher;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Uploads real models, sends them invocations of each kind, and says what became of each. Confined to one thread. */
final class Demonstration {
    private static final String TOY = "toy/scorer.tar.gz";
    private static final String MINI_LM = "sentences/all-minilm-l6-v2-q.onnx";
    private static final String BGE = "sentences/bge-small-en-v1.5-q.onnx";
    private static final int WIDTH = 384;
    private static final Duration FIGURES_SETTLE = Duration.ofSeconds(10);
    private static final Duration FIGURES_PAUSE = Duration.ofMillis(250);
    private static final List<String> SENTENCES = List.of(
            "How do I reset my password?", "I forgot my login and need a new one.", "The cat sleeps on the warm sofa.");

    private final LocalStack stack;
    private final Screen screen;

    Demonstration(Screen screen, LocalStack stack) {
        this.screen = screen;
        this.stack = stack;
    }

    void run() throws IOException {
        screen.line("\n" + screen.bold("A demonstration"));
        upload();
        Sentences sentences = Sentences.with("/all-minilm-l6-v2-q-tokenizer.json");
        try (RemoraClient client = RemoraClient.builder()
                .endpoint(LocalStack.ENDPOINT)
                .bootstrapServers(stack.broker().bootstrap())
                .build()) {
            Conversation talk = new Conversation(screen, client);
            toy(talk);
            float[] before = miniLm(talk, sentences);
            bge(talk, sentences);
            whatIsWhere(talk.asked());
            float[] after = again(talk, sentences);
            screen.line("\n  The same model, the same sentence, "
                    + (Arrays.equals(before, after) ? "the very same answer." : "another answer!"));
        }
    }

    private void upload() throws IOException {
        try (Screen.Step step = screen.step("uploading three models")) {
            stack.upload(TOY, TarGz.of(Map.of("model.onnx", TinyNet.of(1).onnx())));
            stack.upload(MINI_LM, Folders.read("/all-minilm-l6-v2-q.onnx"));
            stack.upload(BGE, Folders.read("/bge-small-en-v1.5-q.onnx"));
            step.done("");
        }
        screen.lines("  %-36s a toy net in an archive".formatted(TOY));
        screen.lines("  %-36s sentence embedding, 23 MB".formatted(MINI_LM));
        screen.lines("  %-36s sentence embedding, 34 MB".formatted(BGE));
    }

    private static void toy(Conversation talk) throws IOException {
        String json = "{\"instances\": [[1, 2, 3, 4]]}";
        talk.ask("A model that is not loaded yet, with JSON as for SageMaker", TOY, InferenceRequest.json(json), json);
        talk.ask("The same model again, with CSV", TOY, InferenceRequest.csv("1,2,3,4\n"), "1,2,3,4");
    }

    private float[] miniLm(Conversation talk, Sentences sentences) throws IOException {
        String first = SENTENCES.get(0);
        List<float[]> vectors = new ArrayList<>();
        vectors.add(mean(talk.ask(
                "A real model, not loaded yet: \"" + first + "\" as Open Inference JSON",
                MINI_LM,
                InferenceRequest.json(sentences.json(first)),
                sentences.json(first))));
        for (String sentence : SENTENCES.subList(1, SENTENCES.size())) {
            vectors.add(mean(talk.ask(
                    "Warm: \"" + sentence + "\" as raw tensors",
                    MINI_LM,
                    InferenceRequest.tensors(sentences.tensors(sentence)),
                    "input_ids, attention_mask, token_type_ids: "
                            + sentences.tensors(sentence).get(0).shape()[1] + " × INT64 each")));
        }
        screen.line("\n  What it thinks of the sentences (1 is the same, 0 is unrelated):");
        compare(0, 1, vectors);
        compare(0, 2, vectors);
        return vectors.get(0);
    }

    private void bge(Conversation talk, Sentences sentences) throws IOException {
        String first = SENTENCES.get(0);
        talk.ask(
                "A third model, while memory holds no more than "
                        + stack.options().memory(),
                BGE,
                InferenceRequest.tensors(sentences.tensors(first)),
                "\"" + first + "\" as raw tensors");
    }

    private void whatIsWhere(int asked) {
        Residents now = Residents.of(stack.instances());
        Residents before = now;
        long end = System.nanoTime() + FIGURES_SETTLE.toNanos();
        do {
            // The figures are a second old at most, and published one after the other.
            LockSupport.parkNanos(FIGURES_PAUSE.toNanos());
            before = now;
            now = Residents.of(stack.instances());
        } while ((now.polled < asked || !now.equals(before)) && System.nanoTime() < end);
        screen.line("\n  Models in memory now: " + now.loaded + ", on disk: " + now.onDisk + ".");
    }

    private record Residents(int polled, int loaded, int onDisk) {
        static Residents of(List<PayaraInstance> instances) {
            List<Metrics> all = instances.stream().map(PayaraInstance::metrics).toList();
            return new Residents(
                    sum(all, "remora_invocations_total"),
                    sum(all, "remora_loaded_models"),
                    sum(all, "remora_disk_models"));
        }

        private static int sum(List<Metrics> all, String name) {
            return (int) all.stream().mapToDouble(each -> each.value(name)).sum();
        }
    }

    private static float[] again(Conversation talk, Sentences sentences) throws IOException {
        String first = SENTENCES.get(0);
        return mean(talk.ask(
                "Back to the second model, which had to make room where memory was short",
                MINI_LM,
                InferenceRequest.json(sentences.json(first)),
                sentences.json(first)));
    }

    private void compare(int a, int b, List<float[]> vectors) {
        screen.lines(String.format(
                Locale.ROOT,
                "  %.2f  \"%s\" and \"%s\"",
                Sentences.likeness(vectors.get(a), vectors.get(b)),
                SENTENCES.get(a),
                SENTENCES.get(b)));
    }

    private static float[] mean(InferenceReply reply) {
        return Sentences.mean(reply.tensors().get(0).floats(), WIDTH);
    }
}
