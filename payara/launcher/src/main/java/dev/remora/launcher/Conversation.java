package dev.remora.launcher;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Requests and their replies, one after the other, printed as they go. Confined to one thread. */
final class Conversation {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SHOWN = 96;

    private final Screen screen;
    private final RemoraClient client;
    private int asked;

    Conversation(Screen screen, RemoraClient client) {
        this.screen = screen;
        this.client = client;
    }

    /**
     * Asks, waits for the reply, and prints both.
     *
     * @param title what the reader should see in it
     * @param shown the body as a reader can read it
     * @throws IOException when the reply is an error or does not come
     */
    InferenceReply ask(String title, String model, InferenceRequest request, String shown) throws IOException {
        asked++;
        screen.line("\n" + screen.bold(asked + ". " + title));
        screen.lines("  → " + model + "  " + screen.dim(shortened(shown)));
        long start = System.nanoTime();
        InferenceReply reply = await(request, model);
        double millis = (System.nanoTime() - start) / 1e6;
        if (reply.error() != null) {
            throw new IOException("The reply is " + reply.status() + ": " + reply.text());
        }
        screen.lines("  ← %d from %s in %s ms  %s"
                .formatted(reply.status(), screen.bold(tier(reply.tier())), number(millis), spent(reply.timing())));
        screen.lines("    " + screen.dim(shortened(body(reply))));
        screen.lines("    " + meaning(reply.tier()));
        return reply;
    }

    /** How many requests there were. */
    int asked() {
        return asked;
    }

    private InferenceReply await(InferenceRequest request, String model) throws IOException {
        try {
            return client.exchange(new ModelName(model), request.timeout(PATIENCE))
                    .get(PATIENCE.toSeconds() + 5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("No reply for " + model + ": " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("No reply for " + model + " within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    private static String body(InferenceReply reply) {
        if (reply.jsonLength() < 0) {
            return reply.text();
        }
        return reply.text().substring(0, reply.jsonLength()) + " and " + (reply.body().length - reply.jsonLength())
                + " raw bytes";
    }

    private static String tier(@Nullable Tier tier) {
        return tier == null ? "nowhere" : tier == Tier.S3 ? "S3" : tier.toString();
    }

    private static String meaning(@Nullable Tier tier) {
        if (tier == Tier.MEMORY) {
            return "It was loaded already: run at once.";
        }
        return tier == Tier.DISK
                ? "It was on disk, though not in memory: loaded, nothing fetched."
                : "It was in S3 only: fetched to disk, loaded into memory, then run.";
    }

    private String spent(Timing timing) {
        List<String> parts = new ArrayList<>();
        parts.add("queue " + number(timing.queueNanos() / 1e6));
        if (timing.fetchNanos() > 0) {
            parts.add("fetch " + number(timing.fetchNanos() / 1e6));
        }
        if (timing.loadNanos() > 0) {
            parts.add("load " + number(timing.loadNanos() / 1e6));
        }
        parts.add("run " + number(timing.runNanos() / 1e6));
        return screen.dim("(" + String.join(", ", parts) + ")");
    }

    private static String number(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.1f" : "%.0f", millis);
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + " …";
    }
}
