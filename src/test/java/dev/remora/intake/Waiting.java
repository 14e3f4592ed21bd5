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
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Requests as they wait in the window. */
final class Waiting {
    static final long DEADLINE = 1_000;

    private Waiting() {}

    static WaitingRecord record(String model, int priority) {
        return record(model, priority, new RecordHeaders());
    }

    static WaitingRecord record(String model, int priority, Headers more) {
        byte[] value = new byte[3];
        ConsumerRecord<byte[], byte[]> sent = Bench.record(Bench.P0, 0, model, value);
        more.forEach(sent.headers()::add);
        return record(sent, model, priority, value, new Prospect(Tier.MEMORY, new Demand(new ModelName(model))), 1);
    }

    static WaitingRecord record(
            TopicPartition partition,
            long offset,
            String model,
            int priority,
            byte[] value,
            Prospect prospect,
            long polledNanos) {
        return record(Bench.record(partition, offset, model, value), model, priority, value, prospect, polledNanos);
    }

    private static WaitingRecord record(
            ConsumerRecord<byte[], byte[]> sent,
            String model,
            int priority,
            byte[] value,
            Prospect prospect,
            long polledNanos) {
        Invocation.Body body = new Invocation.Body("application/octet-stream", null, -1, value);
        ReplyContext context = new ReplyContext("id", ReplyAddress.DEFAULT, List.of());
        return new WaitingRecord(
                new Receipt(sent, 1),
                new Invocation(new ModelName(model), context, DEADLINE, priority, false, body),
                PayloadCodecs.standard().open(body),
                prospect,
                polledNanos);
    }
}
