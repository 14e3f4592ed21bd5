package dev.remora.pool;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What time alone brings about: idle models leave, pins come back, marks and memories fade. Guarded by the pool's lock. */
final class Housekeeping {
    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
    /** A model that has been in memory so long, unleased, has not harmed the process by being loaded. */
    private static final long PROBATION = Duration.ofSeconds(2).toNanos();

    /** A model that is on its way for so long is said in the log. */
    private static final long LATE = Duration.ofSeconds(30).toNanos();

    private static final long EVERY = Duration.ofMillis(100).toNanos();
    private static final long FORGET_EVERY = Duration.ofSeconds(10).toNanos();

    private final PoolState state;
    private final Preparations preparations;
    private long next;
    private long nextForget;

    Housekeeping(PoolState state, Preparations preparations) {
        this.state = state;
        this.preparations = preparations;
        // What is expected of a model is written just after its slot is made: nothing is old at the start.
        this.nextForget = state.now() + FORGET_EVERY;
    }

    void tidy(long now) {
        if (now < next || state.closing) {
            return;
        }
        next = now + EVERY;
        for (Resident resident : List.copyOf(state.memory.residents())) {
            tidy(resident, now);
        }
        state.preparing.forEach(way -> sayIfLate(way, now));
        state.settings.pins().forEach(pin -> keep(state.slot(pin), now));
        if (now >= nextForget) {
            nextForget = now + FORGET_EVERY;
            state.forget(now);
        }
    }

    private static void sayIfLate(Preparing way, long now) {
        if (way.said || now - way.begunAt < LATE) {
            return;
        }
        if (way.trouble != null) {
            way.said = true;
            log.warn("{} does not come, since the store does not give it: {}", way.slot.name, way.trouble);
        } else if (way.roomTicket > 0) {
            way.said = true;
            log.warn("{} does not come, since it waits for room on disk: raise remora.disk.max", way.slot.name);
        } else if (way.stage == Preparing.Stage.LOAD && way.memoryNeeded > 0) {
            way.said = true;
            log.warn("{} does not come, since it waits for memory: raise remora.memory.max", way.slot.name);
        }
    }

    private void tidy(Resident resident, long now) {
        if (resident.leases > 0) {
            return;
        }
        if (resident.unproven && now - resident.loadedAt > PROBATION) {
            prove(resident);
        }
        boolean wanted = resident.slot.wanted() || resident.slot.demand.nextUse() != Demand.NONE;
        if (wanted || resident.slot.pinned) {
            return;
        }
        long idle = state.settings.idleTimeout().toNanos();
        if (idle > 0 && now - resident.lastUse > idle) {
            state.memory.evict(resident, EvictionReason.IDLE);
        } else if (!state.settings.cache() && resident.usedOnce) {
            state.memory.evict(resident, EvictionReason.IDLE);
            preparations.discard(resident.slot, EvictionReason.IDLE);
        }
    }

    /** Its crash mark goes, on the load thread. */
    void prove(Resident resident) {
        resident.unproven = false;
        state.proven.add(resident);
    }

    /** A pin is loaded for as long as it can be, and new versions of it without anybody asking. */
    private void keep(ModelSlot slot, long now) {
        boolean due = slot.resident == null
                ? slot.failure == null || now >= slot.failure.probeAt()
                : now >= slot.revalidateAt;
        if (slot.preparing == null && due) {
            preparations.begin(slot, now);
            if (slot.preparing != null) {
                slot.preparing.asked = true;
                slot.preparing.persistent = true;
            }
        }
    }
}
