package dev.remora.it.guarantee;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** All replies that one reader has seen, by request id. Thread-safe. */
final class Sightings {
    private final Map<String, List<Sighting>> byRequest = new ConcurrentHashMap<>();
    private final AtomicLong count = new AtomicLong();

    void add(Sighting sighting) {
        // Nearly all have one: a list of one is a fraction of an ArrayList.
        byRequest.merge(sighting.requestId(), List.of(sighting), (seen, more) -> {
            List<Sighting> both = new ArrayList<>(seen);
            both.addAll(more);
            return List.copyOf(both);
        });
        count.incrementAndGet();
    }

    /** Replies in all. */
    long count() {
        return count.get();
    }

    /** Requests that have at least one. */
    int answered() {
        return byRequest.size();
    }

    List<Sighting> of(String requestId) {
        return byRequest.getOrDefault(requestId, List.of());
    }

    Map<String, List<Sighting>> byRequest() {
        return byRequest;
    }
}
