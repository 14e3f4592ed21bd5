package dev.remora.intake;

import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.Tier;
import dev.remora.reply.ReplySender.Receipt;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Requests as they wait in the window. */
final class Waiting {
    static final long DEADLINE = 1_000;

    private Waiting() {}

    static WaitingRecord record(String model, int priority) {
        Demand demand = new Demand(new ModelName(model));
        return record(Bench.P0, 0, model, priority, new byte[3], new Prospect(Tier.MEMORY, demand), 1);
    }

    static WaitingRecord record(
            TopicPartition partition,
            long offset,
            String model,
            int priority,
            byte[] value,
            Prospect prospect,
            long polledNanos) {
        Invocation.Body body = new Invocation.Body("application/octet-stream", null, -1, value);
        ReplyContext context = new ReplyContext("id", ReplyAddress.DEFAULT, List.of());
        return new WaitingRecord(
                new Receipt(Bench.record(partition, offset, model, value), 1),
                new Invocation(new ModelName(model), context, DEADLINE, priority, body),
                PayloadCodecs.standard().open(body),
                prospect,
                polledNanos);
    }
}
