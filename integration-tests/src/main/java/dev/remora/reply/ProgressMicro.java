package dev.remora.reply;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Settling offsets and writing them down; in this package because progress is nobody else's business. */
@NullMarked
@State(Scope.Thread)
public class ProgressMicro {
    private static final int BATCH = 500;
    private static final StartPoint START =
            StartPoint.at(new TopicPartition("invocations", 0), Uuid.randomUuid(), 1_000_000);

    private final PartitionProgress progress = new PartitionProgress(START, "i1", 1, new MetadataLimit());
    private final long[] offsets = new long[BATCH];

    /** Called by JMH. */
    public ProgressMicro() {}

    /** One record of a batch that settles in order, and its share of the commit. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public OffsetAndMetadata settleInOrder() {
        long from = see();
        for (int i = 0; i < BATCH; i++) {
            progress.settle(from + i);
        }
        return progress.commit();
    }

    /** The same where every other record waits for a cold model: commits with as many gaps as there can be. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public OffsetAndMetadata settleWithGaps() {
        long from = see();
        for (int i = 1; i < BATCH; i += 2) {
            progress.settle(from + i);
        }
        OffsetAndMetadata commit = progress.commit();
        for (int i = 0; i < BATCH; i += 2) {
            progress.settle(from + i);
        }
        return commit;
    }

    private long see() {
        long from = progress.next();
        for (int i = 0; i < BATCH; i++) {
            offsets[i] = from + i;
        }
        progress.seen(from, from + BATCH, offsets);
        return from;
    }
}
