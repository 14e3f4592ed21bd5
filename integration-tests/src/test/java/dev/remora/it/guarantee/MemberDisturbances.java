package dev.remora.it.guarantee;

import dev.remora.it.guarantee.Takeovers.Takeover;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** What happens to instances. */
final class MemberDisturbances {
    static final String KILLS = "kills";
    static final String TERMINATIONS = "terminations";
    static final String UNCLEAN_STOPS = "unclean_stops";
    static final String FREEZES = "freezes";
    static final String JOINS = "joins";
    private static final Duration TAKEOVER = Duration.ofSeconds(100);
    private static final Duration STABLE = Duration.ofSeconds(15);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String GUEST = "guest";

    private MemberDisturbances() {}

    /** SIGKILL; a new process takes the place at once, or after somebody else has taken the partitions over. */
    static Disturbance kill() {
        return new Disturbance("SIGKILL", arena -> {
            Member victim = arena.fleet().take(arena.random());
            Set<Integer> partitions = ownedWhenStable(arena, victim.name());
            Takeover takeover = arena.takeovers().begin(victim.name(), partitions);
            victim.kill();
            arena.tally().add(KILLS);
            boolean othersFirst = arena.random().nextInt(3) > 0;
            if (othersFirst && !partitions.isEmpty()) {
                takeover.await(TAKEOVER);
            }
            arena.fleet().start(victim.name());
            arena.fleet().awaitReady(victim.name());
            takeover.await(TAKEOVER);
            return takeover.toString();
        });
    }

    private static Set<Integer> ownedWhenStable(Arena arena, String instance) throws InterruptedException {
        long end = System.nanoTime() + STABLE.toNanos();
        Optional<Set<Integer>> owned = arena.site().partitionsOf(instance);
        while ((owned.isEmpty() || owned.get().isEmpty()) && System.nanoTime() < end) {
            arena.hold(LOOK);
            owned = arena.site().partitionsOf(instance);
        }
        return owned.orElse(Set.of());
    }

    /** SIGTERM, and a new process in its place. */
    static Disturbance terminate() {
        return new Disturbance("SIGTERM", arena -> {
            Member member = arena.fleet().take(arena.random());
            boolean clean = member.stop(STOP);
            arena.tally().add(TERMINATIONS);
            if (!clean) {
                arena.tally().add(UNCLEAN_STOPS);
            }
            arena.fleet().start(member.name());
            arena.fleet().awaitReady(member.name());
            return member.name() + (clean ? " ended by itself" : " did NOT end by itself; " + member.lastWords());
        });
    }

    /** SIGSTOP for longer than the session lasts, then SIGCONT: it wakes up as a member that others have replaced. */
    static Disturbance freeze() {
        return new Disturbance("SIGSTOP", arena -> {
            Member member = arena.fleet().take(arena.random());
            Duration time = arena.sessionTimeout().multipliedBy(3).dividedBy(2).plusSeconds(3);
            arena.fleet().freeze(member);
            arena.tally().add(FREEZES);
            try {
                arena.hold(time);
            } finally {
                arena.fleet().unfreeze(member);
            }
            arena.fleet().awaitReady(member.name());
            return member.name() + " was frozen for " + time.toSeconds() + " s";
        });
    }

    /** A further instance joins, and leaves after a while. */
    static Disturbance join() {
        return new Disturbance("JOIN", arena -> {
            arena.fleet().start(GUEST);
            arena.tally().add(JOINS);
            arena.fleet().awaitReady(GUEST);
            arena.hold(arena.sessionTimeout().multipliedBy(2));
            Member guest = arena.fleet().take(GUEST).orElseThrow();
            if (!guest.stop(STOP)) {
                arena.tally().add(UNCLEAN_STOPS);
                return "the guest did NOT end by itself; " + guest.lastWords();
            }
            return "a guest came and left";
        });
    }
}
