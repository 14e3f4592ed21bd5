package dev.remora.intake;

import dev.remora.protocol.RemoraException;
import org.jspecify.annotations.Nullable;

/**
 * A record that a run thread has taken, to be run, or to be answered. Immutable.
 *
 * @param failure what to answer it with, or null when it is to be run
 * @param inRow how many records of its model its taker has taken in a row, this one included
 * @param firstNanos when it took the first of them
 */
record Work(WaitingRecord record, @Nullable RemoraException failure, int inRow, long firstNanos) {}
