package dev.remora.bench;

/**
 * What a load generator saw in one run. Immutable.
 *
 * @param sent requests
 * @param answered with the right value
 * @param wrong answered with another value
 * @param failed answered with an error
 * @param doubled answered again
 * @param lost not answered until long after the end
 * @param perSecond right answers, without the first tenth of the run and what came after its end
 * @param p50 milliseconds from when the request was due to its answer
 * @param p99 of the same
 * @param most of the same
 * @param queueP99 of how long a request waited for its turn, by its reply; 0 where replies do not say, or are not asked
 * @param tiers where the models were, as the replies say: counts of memory, disk, s3
 * @param trouble the first thing that went wrong, empty when nothing did
 */
record Outcome(
        long sent,
        long answered,
        long wrong,
        long failed,
        long doubled,
        long lost,
        double perSecond,
        double p50,
        double p99,
        double most,
        double queueP99,
        String tiers,
        String trouble) {

    /** Fails when a single answer was not what it had to be. */
    Outcome checked(String subject) {
        if (wrong + failed + doubled + lost > 0 || answered == 0) {
            throw new IllegalStateException("%s: of %d requests %d wrong, %d failed, %d doubled, %d lost; first: %s"
                    .formatted(subject, sent, wrong, failed, doubled, lost, trouble));
        }
        return this;
    }

    Fields fields() {
        return Fields.none()
                .with("sent", sent)
                .with("answered", answered)
                .with("wrong", wrong)
                .with("failed", failed)
                .with("doubled", doubled)
                .with("lost", lost)
                .with("perSecond", perSecond)
                .with("p50", p50)
                .with("p99", p99)
                .with("most", most)
                .with("queueP99", queueP99)
                .with("tiers", tiers)
                .with("trouble", trouble);
    }

    static Outcome of(Fields fields) {
        return new Outcome(
                (long) fields.number("sent"),
                (long) fields.number("answered"),
                (long) fields.number("wrong"),
                (long) fields.number("failed"),
                (long) fields.number("doubled"),
                (long) fields.number("lost"),
                fields.number("perSecond"),
                fields.number("p50"),
                fields.number("p99"),
                fields.number("most"),
                fields.number("queueP99"),
                fields.text("tiers"),
                fields.text("trouble"));
    }
}
