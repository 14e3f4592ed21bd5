package dev.remora.it.guarantee;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** Collects the evidence after a run from the topics alone. Confined to one thread. */
final class Audit {
    private static final Duration TRANSACTIONS_END = Duration.ofSeconds(30);

    private final Site site;
    private final Load load;
    private final Sender sender;

    Audit(Site site, Load load, Sender sender) {
        this.site = site;
        this.load = load;
        this.sender = sender;
    }

    Evidence evidence(Sightings live, HealthWatch health, List<String> troubles) {
        List<String> hanging = hanging();
        Sightings replies = new Sightings();
        scan(Site.REPLIES, reply -> replies.add(Sighting.of(reply, load)));
        long[] all = new long[1];
        TopicScan.read(site.bootstrap(), Site.REPLIES, IsolationLevel.READ_UNCOMMITTED, reply -> all[0]++);
        List<String> deadLetters = new ArrayList<>();
        scan(Site.DEAD_LETTERS, letter -> deadLetters.add(Place.of(letter) + " " + letter.headers()));
        Map<Integer, Long> committed = new HashMap<>();
        site.committed().forEach((partition, offset) -> committed.put(partition.partition(), offset.offset()));
        return new Evidence(
                requested(),
                acknowledged(),
                replies,
                live,
                all[0] - replies.count(),
                committed,
                deadLetters,
                hanging,
                health,
                List.copyOf(troubles));
    }

    private Map<String, List<Place>> requested() {
        Map<String, List<Place>> requested = new HashMap<>();
        scan(Site.INVOCATIONS, request -> {
            Header id = request.headers().lastHeader("remora-request-id");
            Place place = Place.of(request);
            String name = id == null ? place.toString() : new String(id.value(), StandardCharsets.UTF_8);
            requested.merge(name, List.of(place), Audit::both);
        });
        return requested;
    }

    private static List<Place> both(List<Place> some, List<Place> more) {
        List<Place> both = new ArrayList<>(some);
        both.addAll(more);
        return both;
    }

    private Set<String> acknowledged() {
        Set<String> acknowledged = new HashSet<>();
        for (int i = 0; i < sender.records(); i++) {
            if (sender.place(i) != null) {
                acknowledged.add(Request.id(i));
            }
        }
        return acknowledged;
    }

    private void scan(String topic, java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        TopicScan.read(site.bootstrap(), topic, IsolationLevel.READ_COMMITTED, reader);
    }

    /** Where readers of committed records stand still before the end although nobody writes any more. */
    private List<String> hanging() {
        long end = System.nanoTime() + TRANSACTIONS_END.toNanos();
        List<String> hanging = hangingNow();
        while (!hanging.isEmpty() && System.nanoTime() < end) {
            hanging = hangingNow();
        }
        return hanging;
    }

    private List<String> hangingNow() {
        Map<TopicPartition, Long> stable = site.ends(Site.REPLIES, IsolationLevel.READ_COMMITTED);
        Map<TopicPartition, Long> all = site.ends(Site.REPLIES, IsolationLevel.READ_UNCOMMITTED);
        return all.entrySet().stream()
                .filter(partition -> stable.getOrDefault(partition.getKey(), 0L) < partition.getValue())
                .map(partition -> partition.getKey() + " ends at " + partition.getValue()
                        + ", readers of committed records stop at " + stable.get(partition.getKey()))
                .toList();
    }
}
