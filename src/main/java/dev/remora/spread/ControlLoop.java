package dev.remora.spread;

import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the tables and does the chores in turn. Nothing that fails here ends it, and nobody waits for it. Confined to
 * the control thread, but for {@link #stop}.
 */
final class ControlLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

    /** The tables in turn; the first of them is read as soon as something comes. */
    private static final Duration WAIT = Duration.ofMillis(100);

    private static final Duration FAULT = Duration.ofSeconds(5);

    private final List<Follower> followers;
    private final List<Turn> turns;
    private final Supplier<Admin> connect;
    private final LongSupplier nanos;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable Admin admin;

    ControlLoop(List<Follower> followers, List<Chore> chores, Supplier<Admin> connect, LongSupplier nanos) {
        this.followers = List.copyOf(followers);
        this.connect = connect;
        this.nanos = nanos;
        this.turns = chores.stream().map(Turn::new).toList();
    }

    @Override
    public void run() {
        while (stopped.getCount() > 0) {
            try {
                runOnce();
            } catch (WakeupException e) {
                // it is being stopped
            } catch (InterruptException | InterruptedException e) {
                // A container interrupts its threads before it has us drain; only stop() ends this one.
                Thread.interrupted();
            } catch (RuntimeException | Error e) {
                LOG.error("A fault of ours on the control thread, which goes on; please report it.", e);
                pause();
            }
        }
        Thread.interrupted();
        end();
    }

    private void pause() {
        try {
            stopped.await(FAULT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.interrupted();
        }
    }

    /** One turn. */
    void runOnce() throws InterruptedException {
        Duration wait = WAIT;
        for (Follower each : followers) {
            wait = each.follow(wait) ? Duration.ZERO : wait;
        }
        if (!wait.isZero() && stopped.await(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            return;
        }
        for (Turn turn : turns) {
            turn.takeIfDue();
        }
    }

    /** Ends the loop after the chore that is under way. Does not wait. */
    void stop() {
        stopped.countDown();
        followers.forEach(Follower::wakeup);
    }

    private void end() {
        for (Turn turn : turns) {
            turn.guard(turn.chore::end);
            turn.guard(turn.chore::close);
        }
        followers.forEach(Follower::close);
        Admin connected = admin;
        if (connected != null) {
            connected.close(Duration.ZERO);
        }
    }

    private Admin admin() {
        Admin connected = admin;
        if (connected == null) {
            connected = connect.get();
            admin = connected;
        }
        return connected;
    }

    /** When a chore is due, and what last kept it from being done. */
    private final class Turn {
        private final Chore chore;
        private final Trouble trouble = new Trouble(LOG, nanos);
        private long dueNanos = nanos.getAsLong();

        Turn(Chore chore) {
            this.chore = chore;
        }

        void takeIfDue() throws InterruptedException {
            if (stopped.getCount() == 0 || nanos.getAsLong() - dueNanos < 0) {
                return;
            }
            try {
                chore.turn(admin());
                trouble.over();
            } catch (WakeupException | InterruptException e) {
                throw e;
            } catch (ExecutionException e) {
                failed(e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException | RuntimeException e) {
                failed(e);
            } finally {
                dueNanos = nanos.getAsLong() + chore.pause().toNanos();
            }
        }

        void guard(Runnable last) {
            try {
                last.run();
            } catch (RuntimeException e) {
                LOG.warn("The {} could not be ended in order: {}", chore.name(), e.toString());
            }
        }

        private void failed(Throwable why) {
            String name = why.getClass().getSimpleName();
            trouble.is(
                    name,
                    "The " + chore.name() + " failed (" + name + ": " + why.getMessage()
                            + "). Serving goes on without it; tried again.");
        }
    }
}
