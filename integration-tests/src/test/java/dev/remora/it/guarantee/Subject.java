package dev.remora.it.guarantee;

import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;

/** One model name of the load: what lies under it in the store, and questions whose answers are known. Thread-safe. */
interface Subject {
    /** The model's name. */
    String name();

    /** What is uploaded under the name; empty where there is nothing. */
    Optional<byte[]> artifact() throws IOException;

    /** A question; the same random numbers give the same one. */
    Question ask(SplittableRandom random);
}
