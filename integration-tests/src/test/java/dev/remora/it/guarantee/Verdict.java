package dev.remora.it.guarantee;

import dev.remora.it.guarantee.Takeovers.Takeover;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a run came to. Immutable.
 *
 * @param plan of the run
 * @param evidence that was found
 * @param violations of what was promised
 * @param takeovers after each SIGKILL
 * @param tally of what was done
 * @param starts of instances in all
 */
record Verdict(
        Plan plan, Evidence evidence, List<Violation> violations, List<Takeover> takeovers, Tally tally, int starts) {
    private static final int SHOWN = 20;

    boolean kept() {
        return violations.isEmpty();
    }

    /** How many requests are lost, doubled or wrong; doubled ones are counted in every mode. */
    long count(String kind) {
        return kind.equals(ReplyGuarantees.DOUBLED)
                ? ReplyGuarantees.doubled(evidence).count()
                : violations.stream().filter(v -> v.kind().equals(kind)).count();
    }

    OptionalDouble takeoverSecondsMax() {
        return takeovers.stream()
                .flatMap(takeover -> takeover.took().stream())
                .mapToDouble(Verdict::seconds)
                .max();
    }

    /** The figures of the report, in their order. */
    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("records", evidence.requested().size());
        figures.put(ReplyGuarantees.LOST, count(ReplyGuarantees.LOST));
        figures.put(ReplyGuarantees.DOUBLED, count(ReplyGuarantees.DOUBLED));
        figures.put(ReplyGuarantees.WRONG, count(ReplyGuarantees.WRONG));
        figures.put(MemberDisturbances.KILLS, tally.of(MemberDisturbances.KILLS));
        figures.put("restarts", starts - plan.instances());
        figures.put(
                "takeover_seconds_max", takeoverSecondsMax().stream().boxed().findFirst());
        figures.put("violations", violations.size());
        tally.all().forEach(figures::putIfAbsent);
        putTimes(figures);
        figures.put("aborted_replies", evidence.aborted());
        evidence.health().peaks().forEach((what, most) -> figures.put("peak_" + what, most));
        figures.put("health_samples", evidence.health().samples());
        return figures;
    }

    private void putTimes(Map<String, Object> figures) {
        List<Double> seconds = takeovers.stream()
                .flatMap(takeover -> takeover.took().stream())
                .map(Verdict::seconds)
                .toList();
        figures.put("takeovers_measured", seconds.size());
        figures.put("takeover_seconds", seconds);
        long[] waits = waits();
        if (waits.length > 0) {
            figures.put("reply_seconds_p50", waits[waits.length / 2] / 1e3);
            figures.put("reply_seconds_p99", waits[(int) (waits.length * 0.99)] / 1e3);
            figures.put("reply_seconds_max", waits[waits.length - 1] / 1e3);
        }
    }

    /** From request to first reply, by the times of their producers, in milliseconds, ascending. */
    private long[] waits() {
        return evidence.requested().entrySet().stream()
                .filter(request -> !evidence.replies().of(request.getKey()).isEmpty())
                .mapToLong(request -> first(evidence.replies().of(request.getKey()))
                        - request.getValue().get(0).timestamp())
                .sorted()
                .toArray();
    }

    private static long first(List<Sighting> replies) {
        return replies.stream()
                .mapToLong(reply -> reply.place().timestamp())
                .min()
                .orElse(0);
    }

    private static double seconds(Duration took) {
        return took.toMillis() / 1e3;
    }

    private static Object shown(Object value) {
        return value instanceof Optional<?> maybe ? maybe.map(Object::toString).orElse("none") : value;
    }

    /** For people: all figures, then the first violations of each kind. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        figures().forEach((name, value) -> text.append("  %-24s %s%n".formatted(name, shown(value))));
        takeovers.forEach(takeover -> text.append("  ").append(takeover).append('\n'));
        Map<String, Integer> shown = new LinkedHashMap<>();
        for (Violation violation : violations) {
            if (shown.merge(violation.kind(), 1, Integer::sum) <= SHOWN) {
                text.append(violation).append('\n');
            }
        }
        shown.forEach((kind, count) -> {
            if (count > SHOWN) {
                text.append("and ")
                        .append(count - SHOWN)
                        .append(" more ")
                        .append(kind)
                        .append('\n');
            }
        });
        return text.toString();
    }
}
