package dev.remora.intake;

import dev.remora.intake.Deferred.Place;
import dev.remora.intake.Window.Contents;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySender.Fate;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.Trouble;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Leaves records of spread models to other instances. Thread-safe: it decides under the window's lock. While no model is
 * spread, it costs a volatile read for each record.
 */
final class Forwarder {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long REFUSED_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int MOST_AT_ONCE = 500;

    private final Window window;
    private final ReplySender replies;
    private final int runThreads;
    private final LongSupplier nanos;
    private final Trouble trouble;
    private volatile Map<ModelName, Lanes> spread = Map.of();
    private volatile long refusedNanos;
    /** Whether a lane may be. */
    private volatile boolean closed;

    private long lookedNanos;

    Forwarder(Window window, ReplySender replies, int runThreads, LongSupplier nanos) {
        this.window = window;
        this.replies = replies;
        this.runThreads = runThreads;
        this.nanos = nanos;
        this.trouble = new Trouble(LoggerFactory.getLogger(Intake.class), nanos);
        this.refusedNanos = nanos.getAsLong() - REFUSED_NANOS;
        this.lookedNanos = nanos.getAsLong();
    }

    /**
     * These models are spread from now on, and no others.
     *
     * @param lanes to which partitions of other instances; to none where only their demand is of interest
     */
    void follow(Map<ModelName, List<Integer>> lanes) {
        window.ask(in -> {
            Map<ModelName, Lanes> next = new HashMap<>();
            lanes.forEach((model, partitions) -> {
                Lanes known = spread.get(model);
                Lanes each = known != null
                        ? known
                        : new Lanes(model, runThreads, in.turns().runs(model), nanos.getAsLong());
                each.lead(partitions);
                next.put(model, each);
            });
            spread = Map.copyOf(next);
            return next;
        });
    }

    /** So many records wait at least on these partitions of other instances. */
    void measured(Map<Integer, Long> records) {
        window.ask(in -> {
            spread.values().forEach(each -> each.measured(records));
            return records;
        });
    }

    /** Whether no model is spread: nothing else of this class need be called then. */
    boolean idle() {
        return spread.isEmpty();
    }

    /** What share of an instance the records of each spread model need that come here at first hand. */
    Map<ModelName, Double> demand() {
        return window.ask(in -> {
            Map<ModelName, Double> demand = new HashMap<>();
            spread.forEach((model, lanes) -> demand.put(model, lanes.demand(in)));
            return demand;
        });
    }

    /**
     * A record was read: leaves it to another instance if that is better. Confined to the poll thread.
     *
     * @param back takes it, should it not be able to leave after all
     */
    boolean forward(Receipt receipt, Invocation invocation, BiConsumer<Receipt, Invocation> back) {
        Lanes lanes = spread.get(invocation.model());
        if (lanes == null || invocation.forwarded()) {
            return false;
        }
        Integer to = window.ask(in -> {
            lanes.arrived();
            return refused() ? null : lanes.next(in);
        });
        return sent(to, receipt, invocation, back);
    }

    /** A deferred record was read again: as {@link #forward}; then it waits no longer. */
    boolean forwardAgain(Place place, Receipt receipt, Invocation invocation, BiConsumer<Receipt, Invocation> back) {
        Lanes lanes = spread.get(invocation.model());
        if (lanes == null || invocation.forwarded() || refused()) {
            return false;
        }
        Integer to = window.ask(in -> lanes.wants(in) && in.deferred().remove(place) ? lanes.shortestNext() : null);
        return sent(to, receipt, invocation, back);
    }

    /** Whether a deferred record of the model is worth reading again only to leave it elsewhere. */
    boolean wants(ModelName model, Contents window) {
        Lanes lanes = spread.get(model);
        return lanes != null && !refused() && lanes.wants(window);
    }

    /** Leaves what waits already. Confined to the poll thread; to be called each turn. */
    void turn(BiConsumer<Receipt, Invocation> back) {
        long now = nanos.getAsLong();
        if (idle() || now - lookedNanos < LOOK_NANOS) {
            return;
        }
        lookedNanos = now;
        for (Map.Entry<ModelName, Lanes> each : spread.entrySet()) {
            for (Leaving record : window.ask(in -> leaving(each.getKey(), each.getValue(), in, now))) {
                sent(record.to, record.waiting.receipt(), record.waiting.invocation(), back);
            }
        }
    }

    private List<Leaving> leaving(ModelName model, Lanes lanes, Contents in, long now) {
        lanes.look(in, now);
        List<Leaving> leaving = new ArrayList<>();
        if (!refused()) {
            int most = Math.min(MOST_AT_ONCE, lanes.tooMany(in));
            for (WaitingRecord each : in.queues().takeLast(model, most, WaitingRecord::mayLeave)) {
                in.shares().release(each);
                leaving.add(new Leaving(each, lanes.shortestNext()));
            }
        }
        return leaving;
    }

    private boolean sent(
            @Nullable Integer to, Receipt receipt, Invocation invocation, BiConsumer<Receipt, Invocation> back) {
        if (to == null) {
            return false;
        }
        Fate fate = new Fate() {
            @Override
            public void taken() {
                open(to);
            }

            @Override
            public void kept(RemoraException reason) {
                notTaken(to, reason);
                back.accept(receipt, invocation);
            }
        };
        replies.forward(
                receipt, invocation.reply(), MessageCodec.encodeForward(receipt.record(), invocation, to), fate);
        return true;
    }

    /** Of the next ones the brokers would say the same: of any partition for want of a right, of this one else. */
    private void notTaken(int to, RemoraException reason) {
        if (reason.code() == ErrorCode.FORBIDDEN) {
            refuse(reason);
        } else if (reason.code() == ErrorCode.UNAVAILABLE) {
            close(to, reason);
        }
    }

    private void open(int to) {
        if (closed) {
            reopen(to);
        }
    }

    private synchronized void reopen(int to) {
        if (window.ask(in -> opened(to)) && !closed && !refused()) {
            trouble.over();
        }
    }

    private boolean opened(int to) {
        boolean opened = false;
        boolean still = false;
        for (Lanes each : spread.values()) {
            opened |= each.open(to);
            still |= each.closed();
        }
        closed = still;
        return opened;
    }

    private synchronized void close(int to, RemoraException reason) {
        boolean anew = window.ask(in -> {
            boolean anewClosed = false;
            for (Lanes each : spread.values()) {
                anewClosed |= each.close(to, nanos.getAsLong());
            }
            closed = true;
            return anewClosed;
        });
        if (anew) { // and not for each of its records, whose reasons differ
            trouble.is(
                    "Hot models cannot spread to partition " + to + ": " + reason.getMessage() + " " + reason.remedy()
                            + " Their records are answered elsewhere; tried again with one of them in a minute.");
        }
    }

    private synchronized void refuse(RemoraException reason) {
        refusedNanos = nanos.getAsLong();
        trouble.is("Hot models cannot spread from here: " + reason.getMessage() + " " + reason.remedy()
                + " Their records are answered here; tried again in a minute.");
    }

    private boolean refused() {
        return nanos.getAsLong() - refusedNanos < REFUSED_NANOS;
    }

    private record Leaving(WaitingRecord waiting, int to) {}
}
