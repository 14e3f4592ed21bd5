package dev.remora.it.guarantee;

import java.util.List;

/** One promise, and how it is checked after a run. Immutable. */
interface ProcessingGuarantee {
    /** The promise, as a sentence. */
    String promise();

    /** Where it was not kept; empty when it was. */
    List<Violation> violations(Evidence evidence);
}
