package dev.remora.intake;

import dev.remora.reply.Grant;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll thread: turns its loop until it is stopped, then hands its partitions over. What the brokers refuse is tried
 * again, with a new consumer where the old one takes no more. Other threads may stop it and read its figures.
 */
final class PollThread implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PollThread.class);
    private static final long REFUSED_MILLIS = 3_000;
    private static final long FAILED_MILLIS = 1_000;
    private static final Duration LEAVE_LIMIT = Duration.ofSeconds(5);

    private final Supplier<Consumer<byte[], byte[]>> connect;
    private final Serving serving;
    private final BooleanSupplier topicsReady;
    private final Trouble trouble;
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile @Nullable PollLoop loop;
    private volatile long lastTurnNanos;

    /** @param topicsReady whether the topics are there; asked again until they are */
    PollThread(Supplier<Consumer<byte[], byte[]>> connect, Serving serving, BooleanSupplier topicsReady) {
        this.connect = connect;
        this.serving = serving;
        this.topicsReady = topicsReady;
        this.trouble = new Trouble(
                LoggerFactory.getLogger(Intake.class), serving.parts().nanos());
        turned();
    }

    @Override
    public void run() {
        try {
            while (!stopped(0) && !topicsReady.getAsBoolean()) {
                turned();
                stopped(100);
            }
            while (!stopped(0)) {
                consume();
            }
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread: it hands over and leaves. Any thread. */
    void stop() {
        stop.countDown();
    }

    long lastTurnNanos() {
        return lastTurnNanos;
    }

    Trouble trouble() {
        return trouble;
    }

    int assignedPartitions() {
        PollLoop current = loop;
        return current == null ? 0 : current.assignment().count();
    }

    Ownership ownership() {
        PollLoop current = loop;
        return current == null ? Ownership.NONE : current.ownership();
    }

    private void consume() throws InterruptedException {
        Consumer<byte[], byte[]> consumer;
        try {
            consumer = connect.get();
        } catch (KafkaException e) {
            trouble.is(
                    "no consumer",
                    "No consumer can be made (" + messages(e)
                            + "). Check remora.kafka.bootstrap.servers and the other remora.kafka.* settings; tried again.");
            turned();
            stopped(REFUSED_MILLIS);
            return;
        }
        PollLoop current = new PollLoop(consumer, serving, trouble);
        loop = current;
        try {
            current.subscribe();
            turnUntilStopped(current);
            current.assignment()
                    .drain(current.assignment().partitions(), serving.settings().shutdownTimeout());
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            giveUp(current, e);
        } finally {
            close(consumer, current);
        }
    }

    private void turnUntilStopped(PollLoop current) throws InterruptedException {
        while (!stopped(0)) {
            try {
                current.runOnce();
            } catch (InterruptException e) {
                throw e;
            } catch (AuthorizationException | AuthenticationException e) {
                trouble.is(e.getClass().getName(), refusal(e, serving.settings()));
                current.refused();
                stopped(REFUSED_MILLIS);
            } catch (RetriableException e) {
                trouble.is(
                        "unanswered",
                        "The brokers do not answer as they should (" + e.getMessage() + "); tried again.");
                current.refused();
                stopped(FAILED_MILLIS);
            } finally {
                turned();
            }
        }
    }

    /** Whoever reads the partitions next, answers what was not: nothing of them is settled by us any more. */
    private void giveUp(PollLoop current, Throwable reason) throws InterruptedException {
        if (reason instanceof FencedInstanceIdException) {
            trouble.is("Another instance has the id '" + serving.settings().instance()
                    + "', and has taken its place in the group. Give each instance a remora.instance of its own.");
        } else if (reason instanceof KafkaException) {
            trouble.is("replaced", "The consumer cannot go on (" + messages(reason) + "): a new one takes its place.");
        } else {
            LOG.error("A fault of ours on the poll thread; please report it. A new consumer takes over.", reason);
        }
        current.assignment().onPartitionsLost(current.assignment().partitions());
        stopped(REFUSED_MILLIS);
    }

    /** Leaving gives the partitions away at once, also for a static member; remaining keeps them for who comes back. */
    private void close(Consumer<byte[], byte[]> consumer, PollLoop current) {
        loop = null;
        boolean leave = serving.settings().leaveOnShutdown() && stop.getCount() == 0;
        GroupMembershipOperation membership =
                leave ? GroupMembershipOperation.LEAVE_GROUP : GroupMembershipOperation.REMAIN_IN_GROUP;
        try {
            consumer.close(CloseOptions.timeout(LEAVE_LIMIT).withGroupMembershipOperation(membership));
        } catch (RuntimeException e) {
            LOG.warn("The consumer did not close cleanly ({}).", messages(e));
        } finally {
            current.assignment().onPartitionsLost(current.assignment().partitions());
        }
    }

    private void turned() {
        lastTurnNanos = serving.parts().nanos().getAsLong();
    }

    private boolean stopped(long waitMillis) throws InterruptedException {
        return stop.await(waitMillis, TimeUnit.MILLISECONDS);
    }

    private static String refusal(KafkaException e, IntakeSettings settings) {
        if (e instanceof GroupAuthorizationException) {
            return "Requests cannot come in: no right to the consumer group. "
                    + Grant.group(settings.group(), "READ", "DESCRIBE");
        }
        if (e instanceof TopicAuthorizationException) {
            return "Requests cannot come in: no right to read them. "
                    + Grant.topic(settings.topic(), "READ", "DESCRIBE");
        }
        if (e instanceof AuthorizationException) {
            return "Requests cannot come in: the brokers refuse (" + e.getMessage() + "). Check the principal's ACLs.";
        }
        return "Requests cannot come in: the brokers do not accept the credentials (" + e.getMessage()
                + "). Check remora.kafka.sasl.* and remora.kafka.ssl.*.";
    }

    private static String messages(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + cause.getMessage();
    }
}
