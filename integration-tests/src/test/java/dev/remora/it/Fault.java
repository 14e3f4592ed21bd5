package dev.remora.it;

import java.time.Duration;

/** What happens to a connection through a {@link FaultProxy}. Immutable. */
public sealed interface Fault {
    /** Nothing. */
    record Pass() implements Fault {}

    /** Accepted, then reset. */
    record Reset() implements Fault {}

    /** Accepted, then silence. */
    record BlackHole() implements Fault {}

    /** Each connection's first HTTP request is answered with 503 SlowDown. */
    record SlowDown() implements Fault {}

    /** Each piece of the answer comes later by this. */
    record Delay(Duration by) implements Fault {}

    /** The answer comes at this many bytes a second. */
    record Throttle(int bytesPerSecond) implements Fault {}

    /** The connection ends after this many bytes of the answer. */
    record Truncate(long bytes) implements Fault {}

    /** One bit of the answer's byte at this place, counted from 0 a connection, is flipped. */
    record Corrupt(long place) implements Fault {}

    /** One bit in each stretch of so many bytes of the answer is flipped: also in answers that follow on the connection. */
    record CorruptEvery(long bytes) implements Fault {}
}
