package dev.remora.intake;

import dev.remora.protocol.ModelName;
import java.util.HashMap;
import java.util.Map;

/**
 * How much of the window each model holds, waiting or running, and how much it may. Guarded by the window's lock.
 *
 * <p>A model may hold as much as is free, and a quarter of the window at most: however many models are flooded, they
 * leave as much to all others as each of them has.
 */
final class Shares {
    private static final int PART = 4;
    private static final int FEWEST_RECORDS = 8;
    private static final int ORDINARY_PRIORITY = 5;

    private final int maxRecords;
    private final long maxBytes;
    private final Map<ModelName, Held> held = new HashMap<>();
    private int records;
    private long bytes;

    Shares(int maxRecords, long maxBytes) {
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    void hold(WaitingRecord record) {
        count(record, 1);
    }

    void release(WaitingRecord record) {
        count(record, -1);
    }

    private void count(WaitingRecord record, int by) {
        records += by;
        bytes += (long) by * record.bytes();
        Held of = held.computeIfAbsent(record.model(), model -> new Held());
        of.records += by;
        of.bytes += (long) by * record.bytes();
        if (of.records == 0) {
            held.remove(record.model());
        }
    }

    /** Whether this record would take its model over its share; the urgent may take it over by half. */
    boolean over(WaitingRecord record) {
        Held of = held.get(record.model());
        if (of == null) {
            return false;
        }
        double urgency = 1 + Math.max(0, ORDINARY_PRIORITY - record.priority()) / 8.0;
        return of.records >= recordShare() * urgency || of.bytes + record.bytes() > byteShare() * urgency;
    }

    /** Whether it has used up half of its share at least, and there is room, so that more of it is worth reading. */
    boolean hasRoom(ModelName model) {
        Held of = held.get(model);
        boolean low = of == null || (of.records <= recordShare() / 2 && of.bytes <= byteShare() / 2);
        return low && fill() < 1;
    }

    int records(ModelName model) {
        Held of = held.get(model);
        return of == null ? 0 : of.records;
    }

    long bytes() {
        return bytes;
    }

    /** From 0 to 1 and beyond. */
    double fill() {
        return Math.max((double) records / maxRecords, (double) bytes / maxBytes);
    }

    private int recordShare() {
        return Math.max(FEWEST_RECORDS, Math.min(maxRecords / PART, maxRecords - records));
    }

    private long byteShare() {
        return Math.min(maxBytes / PART, maxBytes - bytes);
    }

    private static final class Held {
        private int records;
        private long bytes;
    }
}
