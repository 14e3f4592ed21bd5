package dev.remora.it.guarantee;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is promised about replies. */
final class ReplyGuarantees {
    static final String LOST = "lost";
    static final String DOUBLED = "doubled";
    static final String WRONG = "wrong";
    static final String UNASKED = "unasked";
    static final String DIFFERENT = "different";
    static final String UNSETTLED = "unsettled";
    static final String DEAD_LETTER = "dead-letter";

    private ReplyGuarantees() {}

    /** Those that hold in each delivery mode, and those of the mode. */
    static List<ProcessingGuarantee> of(boolean exactlyOnce) {
        List<ProcessingGuarantee> all = new ArrayList<>(List.of(
                new Promise("every request has a reply", ReplyGuarantees::lost),
                new Promise("every reply is the right one", ReplyGuarantees::wrong),
                new Promise("no reply without a request", ReplyGuarantees::unasked),
                new Promise("a reader during the run saw what a reader after it sees", ReplyGuarantees::different),
                new Promise("all progress is committed", ReplyGuarantees::unsettled),
                new Promise("no dead letters", ReplyGuarantees::deadLetters)));
        if (exactlyOnce) {
            all.add(new Promise("no request has two visible replies", ReplyGuarantees::doubled));
        }
        return all;
    }

    private static Stream<Violation> lost(Evidence evidence) {
        Stream<Violation> unanswered = evidence.requested().entrySet().stream()
                .filter(request -> evidence.replies().of(request.getKey()).isEmpty())
                .sorted(Comparator.comparing(request -> request.getValue().get(0)))
                .map(request -> new Violation(LOST, Story.of(request.getKey(), evidence)));
        Stream<Violation> vanished = evidence.acknowledged().stream()
                .filter(id -> !evidence.requested().containsKey(id))
                .map(id -> new Violation("harness", "the broker took request " + id + " and does not have it"));
        return Stream.concat(unanswered, vanished);
    }

    static Stream<Violation> doubled(Evidence evidence) {
        return evidence.requested().entrySet().stream()
                .filter(request -> evidence.replies().of(request.getKey()).size()
                        > request.getValue().size())
                .map(request -> new Violation(DOUBLED, Story.of(request.getKey(), evidence)));
    }

    private static Stream<Violation> wrong(Evidence evidence) {
        return evidence.replies().byRequest().entrySet().stream()
                .filter(replies -> evidence.requested().containsKey(replies.getKey())
                        && replies.getValue().stream()
                                .anyMatch(reply -> reply.fault().isPresent()))
                .map(replies -> new Violation(WRONG, Story.of(replies.getKey(), evidence)));
    }

    private static Stream<Violation> unasked(Evidence evidence) {
        return evidence.replies().byRequest().entrySet().stream()
                .filter(replies -> !evidence.requested().containsKey(replies.getKey()))
                .map(replies -> new Violation(UNASKED, replies.getKey() + ": " + replies.getValue()));
    }

    private static Stream<Violation> different(Evidence evidence) {
        return Stream.concat(
                        evidence.replies().byRequest().keySet().stream(), evidence.live().byRequest().keySet().stream())
                .distinct()
                .filter(id -> evidence.replies().of(id).size()
                        != evidence.live().of(id).size())
                .map(id -> new Violation(
                        DIFFERENT,
                        Story.of(id, evidence) + "; seen during the run: "
                                + evidence.live().of(id)));
    }

    private static Stream<Violation> unsettled(Evidence evidence) {
        Map<Integer, Long> last = new HashMap<>();
        evidence.requested()
                .values()
                .forEach(places -> places.forEach(place -> last.merge(place.partition(), place.offset(), Math::max)));
        return last.entrySet().stream()
                .filter(end -> evidence.committed().getOrDefault(end.getKey(), 0L) <= end.getValue())
                .map(end -> new Violation(
                        UNSETTLED,
                        "partition " + end.getKey() + " is committed up to "
                                + evidence.committed().get(end.getKey()) + ", its last request is at "
                                + end.getValue()));
    }

    private static Stream<Violation> deadLetters(Evidence evidence) {
        return Stream.concat(
                evidence.deadLetters().stream().map(letter -> new Violation(DEAD_LETTER, letter)),
                evidence.hanging().stream().map(hanging -> new Violation("hanging-transaction", hanging)));
    }

    private interface Check {
        Stream<Violation> violations(Evidence evidence);
    }

    private record Promise(String promise, Check check) implements ProcessingGuarantee {
        @Override
        public List<Violation> violations(Evidence evidence) {
            return check.violations(evidence).toList();
        }
    }
}
