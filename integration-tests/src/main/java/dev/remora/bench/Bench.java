package dev.remora.bench;

/** One benchmark: a name, the question that it answers, and how. */
interface Bench {
    /** As the command and its figures name it. */
    String name();

    /** What is held against what, in one sentence. */
    String question();

    /** Measures, each figure into the report. Blocks for minutes; fails when an answer was not what it had to be. */
    void run(BenchStack stack, BenchOptions options, Report report) throws Exception;
}
