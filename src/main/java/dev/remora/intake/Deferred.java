package dev.remora.intake;

import dev.remora.protocol.ModelName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The records that were over their model's share of the window: only where they are in the log, as runs of offsets by
 * partition and model. They are read again in the log's order. Guarded by the window's lock.
 */
final class Deferred {
    /** As many as stay small in memory. */
    private static final int MAX_RUNS = 100_000;

    /** Runs no longer than this in time, so that each says well enough when its records were polled. */
    private static final long RUN_NANOS = 100_000_000;

    private final Map<Key, Line> lines = new LinkedHashMap<>();
    private Set<TopicPartition> full = Set.of();
    private long records;
    private int runs;

    private record Key(TopicPartition partition, ModelName model) {}

    /**
     * The first of a model's deferred records of a partition.
     *
     * @param polledNanos when it was first read, to within {@link #RUN_NANOS}
     */
    record Place(TopicPartition partition, long epoch, ModelName model, long offset, long polledNanos) {}

    /** Whether the record would pass one of its model that is as urgent and waits here. */
    boolean before(WaitingRecord record) {
        Line line = lines.isEmpty() ? null : lines.get(key(record));
        return line != null && record.priority() >= line.urgent;
    }

    void add(WaitingRecord record) {
        Line line = lines.computeIfAbsent(
                key(record), each -> new Line(each, record.receipt().epoch()));
        line.urgent = Math.min(line.urgent, record.priority());
        long offset = record.receipt().record().offset();
        Run last = line.runs.peekLast();
        if (last != null && last.to == offset && record.polledNanos() - last.polledNanos < RUN_NANOS) {
            last.to++;
        } else {
            line.runs.addLast(new Run(
                    offset, record.polledNanos(), record.receipt().record().timestamp()));
            runs++;
        }
        line.records++;
        records++;
    }

    /**
     * What is to be read again next; then the others come before it.
     *
     * @param room whether there is room for a model's records here
     * @param leaves whether they need none, since they go elsewhere
     */
    @Nullable
    Place next(Predicate<ModelName> room, Predicate<ModelName> leaves) {
        for (Line line : lines.values()) {
            ModelName model = line.key.model;
            if ((room.test(model) || !line.stays && leaves.test(model)) && mayGo(line)) {
                lines.remove(line.key);
                lines.put(line.key, line);
                return line.first();
            }
        }
        return null;
    }

    /** The model's first in this partition, if this offset is it and may go. */
    @Nullable
    Place at(TopicPartition partition, ModelName model, long offset) {
        Line line = lines.get(new Key(partition, model));
        return line != null && line.firstOffset() == offset && mayGo(line) ? line.first() : null;
    }

    /** The first of any model in this partition that has this offset. */
    @Nullable
    Place at(TopicPartition partition, long offset) {
        return lines.values().stream()
                .filter(line -> line.key.partition.equals(partition) && line.firstOffset() == offset)
                .findFirst()
                .map(Line::first)
                .orElse(null);
    }

    /** It may not go elsewhere: it is not read again before there is room for it. False when it waits here no longer. */
    boolean keepHere(Place place) {
        Line line = lines.get(new Key(place.partition, place.model));
        boolean here = line != null && line.firstOffset() == place.offset;
        if (line != null && here) {
            line.stays = true;
        }
        return here;
    }

    /** It waits here no longer; false when it did not any more. */
    boolean remove(Place place) {
        Key key = new Key(place.partition, place.model);
        Line line = lines.get(key);
        if (line == null || line.epoch != place.epoch || line.firstOffset() != place.offset) {
            return false;
        }
        line.records--;
        records--;
        if (line.dropFirst()) {
            runs--;
        }
        if (line.runs.isEmpty()) {
            lines.remove(key);
        }
        return true;
    }

    /** Takes out those of the place's line, from it on and before an offset, that the log does not hold any more. */
    List<Place> takeMissing(Place from, long to, Set<Long> present, int limit) {
        List<Place> missing = new ArrayList<>();
        Line line = lines.get(new Key(from.partition, from.model));
        while (line != null
                && line.epoch == from.epoch
                && !line.runs.isEmpty()
                && line.firstOffset() < to
                && !present.contains(line.firstOffset())
                && missing.size() < limit) {
            Place place = line.first();
            missing.add(place);
            remove(place);
        }
        return missing;
    }

    /** These partitions have moved on. */
    void drop(Collection<TopicPartition> gone) {
        lines.values().removeIf(line -> {
            boolean drop = gone.contains(line.key.partition);
            if (drop) {
                records -= line.records;
                runs -= line.runs.size();
            }
            return drop;
        });
    }

    /**
     * The progress of these partitions takes no further gap: of theirs only the lowest offset may go.
     *
     * @return how many of them were not full before and have records here
     */
    int full(Set<TopicPartition> now) {
        Set<TopicPartition> before = full;
        full = now;
        return (int) now.stream()
                .filter(each -> !before.contains(each))
                .filter(each -> lines.values().stream().anyMatch(line -> line.key.partition.equals(each)))
                .count();
    }

    long records() {
        return records;
    }

    Map<ModelName, Long> byModel() {
        Map<ModelName, Long> counts = new HashMap<>();
        lines.forEach((key, line) -> counts.merge(key.model, line.records, Long::sum));
        return counts;
    }

    long records(ModelName model) {
        long count = 0;
        for (Line line : lines.values()) {
            count += line.key.model.equals(model) ? line.records : 0;
        }
        return count;
    }

    /** From 0 to 1 and beyond. */
    double fill() {
        return (double) runs / MAX_RUNS;
    }

    long oldestMillis() {
        return lines.values().stream()
                .mapToLong(line -> line.runs.getFirst().timestamp)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private boolean mayGo(Line line) {
        return !full.contains(line.key.partition) || line == lowest(line.key.partition);
    }

    private @Nullable Line lowest(TopicPartition partition) {
        return lines.values().stream()
                .filter(line -> line.key.partition.equals(partition))
                .min(Comparator.comparingLong(Line::firstOffset))
                .orElse(null);
    }

    private static Key key(WaitingRecord record) {
        return new Key(record.receipt().partition(), record.model());
    }

    /** One model's deferred records of one partition; there is at least one, but for a moment. */
    private static final class Line {
        private final Key key;
        private final long epoch;
        private final Deque<Run> runs = new ArrayDeque<>();
        private int urgent = Integer.MAX_VALUE;
        private long records;

        /** Whether its first record may not go elsewhere, as far as that is known. */
        private boolean stays;

        Line(Key key, long epoch) {
            this.key = key;
            this.epoch = epoch;
        }

        long firstOffset() {
            return runs.getFirst().from;
        }

        Place first() {
            Run run = runs.getFirst();
            return new Place(key.partition, epoch, key.model, run.from, run.polledNanos);
        }

        /** Whether a run has gone with it. */
        boolean dropFirst() {
            stays = false;
            Run run = runs.getFirst();
            run.from++;
            if (run.from < run.to) {
                return false;
            }
            runs.removeFirst();
            return true;
        }
    }

    private static final class Run {
        private final long polledNanos;
        private final long timestamp;
        private long from;
        private long to;

        Run(long offset, long polledNanos, long timestamp) {
            this.from = offset;
            this.to = offset + 1;
            this.polledNanos = polledNanos;
            this.timestamp = timestamp;
        }
    }
}
