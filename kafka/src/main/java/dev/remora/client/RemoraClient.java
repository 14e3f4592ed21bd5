package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * Sends inferences to an endpoint and gets futures of their replies. It reads one partition of the endpoint's reply
 * topic, by itself and without a consumer group, and takes from there what it asked for; any number of clients share the
 * topic. Thousands of requests may be in flight. Requests for a hot model are dealt out to the partitions that it is spread
 * over, where the client may read the routes. Thread-safe.
 */
public final class RemoraClient implements AutoCloseable {
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Producer<byte[], byte[]> producer;
    private final PendingReplies pending;
    private final ClientMessages messages;
    private final Duration timeout;
    private final LongSupplier nanos;
    private final ExecutorService sender;
    private final ReplyListener loop;
    private final RouteLoop routeLoop;
    private final RoundRobin roundRobin;
    private final Thread replyThread;
    private final Thread routeThread;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** What a client is made of; the consumer stands at the end of its partition already. */
    record Parts(
            Producer<byte[], byte[]> producer,
            Consumer<byte[], byte[]> consumer,
            PendingReplies pending,
            ClientMessages messages,
            RouteLoop routes,
            Duration timeout,
            LongSupplier nanos,
            ThreadFactory threads) {}

    RemoraClient(Parts parts) {
        this.producer = parts.producer;
        this.pending = parts.pending;
        this.messages = parts.messages;
        this.timeout = parts.timeout;
        this.nanos = parts.nanos;
        // Producer.send blocks while the brokers are away: on a thread of its own, whose queue the limit of pending
        // bounds.
        this.sender = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), parts.threads);
        this.loop = new ReplyListener(parts.consumer, pending, nanos);
        this.replyThread = parts.threads.newThread(loop);
        this.routeLoop = parts.routes;
        this.roundRobin = new RoundRobin(messages.topic(), routeLoop.routes(), producer);
        replyThread.start();
        this.routeThread = parts.threads.newThread(routeLoop);
        routeThread.start();
    }

    /** Starts the making of a client, which needs {@code bootstrapServers} and {@code endpoint}. */
    public static RemoraClientBuilder builder() {
        return new RemoraClientBuilder();
    }

    /**
     * Asks a model. Does not block.
     *
     * @param model the key of its object, such as {@code acme/churn.onnx}
     * @return the result; it fails with a {@link RemoraException}: the endpoint's error, or
     *     {@link ErrorCode#DEADLINE_EXCEEDED} when no reply came in time, {@link ErrorCode#PAYLOAD_TOO_LARGE},
     *     {@link ErrorCode#FORBIDDEN} or {@link ErrorCode#UNAVAILABLE} when it could not be sent. What is made to depend
     *     on it runs on the builder's executor.
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST} when no model can have this name
     */
    public CompletableFuture<InferenceReply> infer(String model, InferenceRequest request) {
        return infer(new ModelName(model), request);
    }

    /** The same, of a name that was checked before. */
    public CompletableFuture<InferenceReply> infer(ModelName model, InferenceRequest request) {
        return submit(model, request, true);
    }

    /** The same, but an error that the endpoint answers is a reply as well: it says where the time went. */
    public CompletableFuture<InferenceReply> exchange(ModelName model, InferenceRequest request) {
        return submit(model, request, false);
    }

    private CompletableFuture<InferenceReply> submit(ModelName model, InferenceRequest request, boolean errorsFail) {
        CompletableFuture<InferenceReply> future = new CompletableFuture<>();
        Duration limit = request.timeout().orElse(timeout);
        long startNanos = nanos.getAsLong();
        String correlation = pending.add(future, errorsFail, startNanos, limit);
        if (correlation != null) {
            try {
                sender.execute(() -> send(correlation, model, request, startNanos + limit.toNanos()));
            } catch (RejectedExecutionException e) {
                pending.fail(correlation, closedBefore());
            }
        }
        return future;
    }

    private void send(String correlation, ModelName model, InferenceRequest request, long expiresNanos) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(expiresNanos - nanos.getAsLong());
        if (leftMillis < 1 || !pending.holds(correlation)) {
            return; // the reply thread fails it, or has
        }
        try {
            Integer partition = roundRobin.next(model);
            producer.send(messages.encode(model, request, correlation, leftMillis, partition), (metadata, error) -> {
                if (error != null) {
                    pending.fail(correlation, unsent(error));
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            pending.fail(correlation, unsent(e));
        }
    }

    private static RemoraException unsent(Exception cause) {
        String what = "The request could not be sent: " + cause.getMessage();
        if (cause instanceof RecordTooLargeException) {
            return new RemoraException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    what,
                    "Send less, or raise the producer's max.request.size and the topic's max.message.bytes.",
                    cause);
        }
        if (cause instanceof AuthorizationException || cause instanceof AuthenticationException) {
            return new RemoraException(
                    ErrorCode.FORBIDDEN,
                    what,
                    "Check the credentials, and grant Write and Describe on the invocation topic.",
                    cause);
        }
        return new RemoraException(
                ErrorCode.UNAVAILABLE, what, "Check that the brokers and the invocation topic are there.", cause);
    }

    private static RemoraException closedBefore() {
        return new RemoraException(
                ErrorCode.UNAVAILABLE,
                "The client was closed before the reply came.",
                "Close it after the last reply; the endpoint may have run the request.");
    }

    /** Closes within 5 seconds. */
    @Override
    public void close() {
        close(CLOSE);
    }

    /**
     * Fails what waits for a reply, and frees connections and threads. Blocks, no longer than the limit.
     *
     * @param limit how long it may take
     */
    public void close(Duration limit) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        long startNanos = nanos.getAsLong();
        pending.end(closedBefore());
        sender.shutdownNow();
        loop.stop();
        routeLoop.stop();
        producer.close(limit.dividedBy(2));
        if (Thread.currentThread() != replyThread) {
            long left = limit.toNanos() - (nanos.getAsLong() - startNanos);
            try {
                replyThread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                left = limit.toNanos() - (nanos.getAsLong() - startNanos);
                routeThread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
