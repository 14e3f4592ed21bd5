package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Models that were warm where their partitions came from, on their way into free disk and free memory. They wait here and
 * only a few of them are on their way at a time, so that those that records wait for need not be looked for among
 * hundreds. Guarded by the pool's lock.
 */
final class HandOvers {
    /** Where less than one in so many bytes would stay free, nothing is handed over. */
    private static final long KEPT_SHARE = 10;

    private static final int MOST_WAITING = 10_000;

    private final PoolState state;
    private final Preparations preparations;
    private ArrayDeque<WarmModel> waiting = new ArrayDeque<>();
    private int underWay;
    private boolean memoryFull;

    HandOvers(PoolState state, Preparations preparations) {
        this.state = state;
        this.preparations = preparations;
    }

    /** Adds these to those that wait, and begins with the hottest of all. */
    void add(List<WarmModel> models) {
        List<WarmModel> all = new ArrayList<>(waiting);
        all.addAll(models);
        all.sort(Comparator.comparingDouble(WarmModel::heat).reversed());
        waiting = new ArrayDeque<>(all.subList(0, Math.min(all.size(), MOST_WAITING)));
        memoryFull = false;
        goOn();
    }

    /** How many threads may bring what nobody waits for. */
    int threads() {
        return state.settings.fetchThreads() / 2;
    }

    private void goOn() {
        while (underWay <= threads() && !state.closing) {
            WarmModel next = waiting.poll();
            if (next == null) {
                return;
            }
            begin(next);
        }
    }

    private void begin(WarmModel warm) {
        ModelSlot slot = state.slot(warm.model());
        DiskEntry entry = slot.entry;
        boolean useless = slot.resident != null
                || slot.preparing != null
                || slot.failure != null
                || (entry != null && (memoryFull || state.marks.crashes(slot.name, entry.version) > 0))
                || (entry == null && (threads() == 0 || state.store.failing()));
        if (useless) {
            return;
        }
        preparations.begin(slot, state.now());
        Preparing way = slot.preparing;
        if (way != null) {
            underWay++;
            way.handedOver = true;
            way.heat = warm.heat();
            way.asked = !memoryFull;
            way.askedAt = state.now();
        }
    }

    /** One of them has come, or does not come. */
    void ended() {
        underWay--;
        goOn();
    }

    /** Takes memory for it if enough stays free; else no other of them is loaded, and this one stays on the disk. */
    boolean reserve(Preparing way, long bytes) {
        if (state.memory.tryReserve(bytes, state.memory.budget() / KEPT_SHARE)) {
            return true;
        }
        memoryFull = true;
        preparations.fail(way, noRoom(way));
        return false;
    }

    /** Its load came out larger than was reserved, and there is no room for that. */
    boolean isTooMuch(Preparing way, long bytes) {
        return way.onlyHandedOver()
                && bytes > way.memoryReserved
                && !state.memory.isFree(bytes - way.memoryReserved, state.memory.budget() / KEPT_SHARE);
    }

    /** There is no room on the disk for it without anything leaving: none of them is fetched any more. */
    void diskFull(Preparing way) {
        waiting.clear();
        preparations.fail(way, noRoom(way));
    }

    /** Whether it may have this room on the disk, where so much is free. */
    static boolean fits(long bytes, long freeBytes, long usableBytes) {
        return bytes + usableBytes / KEPT_SHARE <= freeBytes;
    }

    static RemoraException noRoom(Preparing way) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE, way.slot.name + " did not fit when it was handed over.", "Send again.");
    }

    /** The hotter of the two. */
    static Preparing hotter(@Nullable Preparing one, Preparing other) {
        return one == null || other.heat > one.heat ? other : one;
    }
}
