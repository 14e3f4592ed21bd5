package dev.remora.bench;

import java.util.List;

/**
 * What a load generator is to do in one run. Immutable.
 *
 * @param sample which request: see {@link Samples}
 * @param models the keys, one of which each request goes to
 * @param inTurn one model after the other; else in random order, the same in every run
 * @param perSecond sent on a fixed schedule; 0: as many as are answered, with {@link #inFlight} on their way
 * @param inFlight on their way at most
 * @param seconds of sending
 * @param count of requests at most
 * @param timed whether it matters when a reply is read; else they are read twice a second, which costs others little
 */
record Load(
        String sample,
        List<String> models,
        boolean inTurn,
        double perSecond,
        int inFlight,
        double seconds,
        int count,
        boolean timed) {
    /** The header that names a request, and its reply. */
    static final String ID = "remora-request-id";

    private static final int NO_END = 3_000_000;

    Load {
        models = List.copyOf(models);
    }

    /** On a fixed schedule, whatever comes back. */
    static Load paced(String sample, List<String> models, double perSecond, double seconds) {
        return new Load(sample, models, false, perSecond, 100_000, seconds, NO_END, true);
    }

    /** So many always on their way. */
    static Load inFlight(String sample, List<String> models, int inFlight, double seconds) {
        return new Load(sample, models, false, 0, inFlight, seconds, NO_END, true);
    }

    /** The same in turn. */
    Load takingTurns() {
        return new Load(sample, models, true, perSecond, inFlight, seconds, count, timed);
    }

    /** The same with an end, however long it takes. */
    Load upTo(int requests) {
        return new Load(sample, models, inTurn, perSecond, inFlight, 3600, requests, timed);
    }

    /** The same where nobody asks how long a reply takes. */
    Load untimed() {
        return new Load(sample, models, inTurn, perSecond, inFlight, seconds, count, false);
    }

    Fields fields() {
        return Fields.none()
                .with("sample", sample)
                .with("models", String.join(",", models))
                .with("inTurn", inTurn)
                .with("perSecond", perSecond)
                .with("inFlight", inFlight)
                .with("seconds", seconds)
                .with("count", count)
                .with("timed", timed);
    }

    static Load of(Fields fields) {
        return new Load(
                fields.text("sample"),
                List.of(fields.text("models").split(",", -1)),
                Boolean.parseBoolean(fields.text("inTurn")),
                fields.number("perSecond"),
                fields.whole("inFlight"),
                fields.number("seconds"),
                fields.whole("count"),
                Boolean.parseBoolean(fields.text("timed")));
    }
}
