package dev.remora.intake;

import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.PayloadExchange;
import dev.remora.protocol.Tier;
import dev.remora.reply.ReplySender.Receipt;
import java.util.Comparator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A request in the window. Its own facts never change; what its wait was spent on is guarded by the window's lock. */
final class WaitingRecord {
    /** By place, then by arrival. */
    static final Comparator<WaitingRecord> ORDER = (one, other) -> one.place == other.place
            ? Long.compare(one.sequence, other.sequence)
            : Long.compare(one.place, other.place);

    private final Receipt receipt;
    private final Invocation invocation;
    private final PayloadExchange payload;
    private final Prospect prospect;
    private final long polledNanos;
    private final int bytes;
    private long sequence;
    private long place;
    private boolean stays;
    private long fetchNanos;
    private long loadNanos;

    /** @param prospect its model when it was polled */
    WaitingRecord(
            Receipt receipt, Invocation invocation, PayloadExchange payload, Prospect prospect, long polledNanos) {
        this.receipt = receipt;
        this.invocation = invocation;
        this.payload = payload;
        this.prospect = prospect;
        this.polledNanos = polledNanos;
        this.bytes = bytes(receipt.record());
    }

    Receipt receipt() {
        return receipt;
    }

    Invocation invocation() {
        return invocation;
    }

    PayloadExchange payload() {
        return payload;
    }

    ModelName model() {
        return invocation.model();
    }

    /** Where its model was when it was polled. */
    Tier tier() {
        return prospect.tier();
    }

    /** Where the pool looks for what waits for its model. */
    Demand demand() {
        return prospect.demand();
    }

    long polledNanos() {
        return polledNanos;
    }

    long fetchNanos() {
        return fetchNanos;
    }

    long loadNanos() {
        return loadNanos;
    }

    /** Whether it may be left to another instance. */
    boolean mayLeave() {
        return !stays && !invocation.forwarded();
    }

    /** It could not be left to another instance. */
    WaitingRecord staying() {
        stays = true;
        return this;
    }

    /** 1 (highest) to 9. */
    int priority() {
        return invocation.priority();
    }

    /**
     * Its place in the order in which the window's records are wanted: that of arrival, but that a class of priority is
     * worth a number of places. It never changes, so nobody is passed without end.
     */
    long place() {
        return place;
    }

    void arrived(long newSequence, int classPlaces) {
        sequence = newSequence;
        place = sequence + (long) (priority() - 1) * classPlaces;
    }

    /** What it holds on the heap: key, value and headers, whether they are used or not. */
    int bytes() {
        return bytes;
    }

    private static int bytes(ConsumerRecord<byte[], byte[]> record) {
        int bytes = Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
        for (Header header : record.headers()) {
            byte[] value = header.value();
            bytes += header.key().length() + (value == null ? 0 : value.length);
        }
        return bytes;
    }

    boolean expired(long nowMillis) {
        return invocation.deadlineMillis() <= nowMillis;
    }

    /**
     * Its model was brought into memory while it waited: as much of that as fell into its wait.
     *
     * @param sinceNanos when the model began to be waited for
     */
    void waited(long fetch, long load, long sinceNanos, long nowNanos) {
        long waited = Math.max(0, nowNanos - Math.max(sinceNanos, polledNanos));
        long loading = Math.min(load, waited);
        loadNanos += loading;
        fetchNanos += Math.min(fetch, waited - loading);
    }
}
