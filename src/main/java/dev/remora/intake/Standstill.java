package dev.remora.intake;

import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/**
 * Partitions of ours of which nothing is read for long though the brokers answer, for the log: nothing fails there, so that
 * nobody else would say so. The others are served meanwhile, so it is no reason not to be ready. Confined to the poll thread.
 */
final class Standstill {
    private static final long LONG_NANOS = Duration.ofSeconds(30).toNanos();

    private final String topic;
    private final String group;
    private final LongSupplier nanos;
    private final Trouble leaders;
    private final Trouble starts;
    private final Map<Integer, Long> leaderless = new HashMap<>();
    private final Map<Integer, Long> unstarted = new HashMap<>();

    Standstill(IntakeSettings settings, LongSupplier nanos) {
        this.topic = settings.topic();
        this.group = settings.group();
        this.nanos = nanos;
        this.leaders = new Trouble(LoggerFactory.getLogger(Intake.class), nanos);
        this.starts = new Trouble(LoggerFactory.getLogger(Intake.class), nanos);
    }

    /**
     * Looks at what is ours.
     *
     * @param unled partitions of the topic that have no leader
     */
    void look(Collection<Owned> ours, Set<Integer> unled) {
        List<Integer> led = since(leaderless, ours, each -> unled.contains(number(each)));
        say(
                leaders,
                led,
                "have no leader, so that nobody can read them or write to them. Bring back the brokers that hold them:"
                        + " kafka-topics.sh --describe --unavailable-partitions --topic '" + topic + "' says which.");
        List<Integer> open = since(unstarted, ours, each -> !each.started() && !unled.contains(number(each)));
        say(
                starts,
                open,
                "wait to be told how far the group '" + group + "' is. Unless other trouble is said as well, a"
                        + " transaction of an instance that is gone is open there: it ends by itself within seconds, or"
                        + " it hangs, and then kafka-transactions.sh find-hanging names it and abort ends it.");
    }

    /** What there is to say now. */
    Optional<String> text() {
        return leaders.text().or(starts::text);
    }

    /** Those for which it has been so for long. */
    private List<Integer> since(Map<Integer, Long> begins, Collection<Owned> ours, Predicate<Owned> so) {
        long now = nanos.getAsLong();
        List<Integer> affected =
                ours.stream().filter(so).map(Standstill::number).sorted().toList();
        begins.keySet().retainAll(affected);
        affected.forEach(each -> begins.putIfAbsent(each, now));
        return affected.stream()
                .filter(each -> now - begins.getOrDefault(each, now) >= LONG_NANOS)
                .toList();
    }

    private void say(Trouble trouble, List<Integer> partitions, String why) {
        if (partitions.isEmpty()) {
            trouble.over();
        } else {
            trouble.is("For half a minute nothing of the partitions " + partitions + " of '" + topic
                    + "' has been read: they " + why + " Their requests wait until then.");
        }
    }

    private static int number(Owned owned) {
        return owned.partition().partition();
    }
}
