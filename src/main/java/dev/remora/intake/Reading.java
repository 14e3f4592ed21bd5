package dev.remora.intake;

import dev.remora.pool.ModelPool;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.DecodedRequest;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.PayloadExchange;
import dev.remora.protocol.RejectedRequest;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.ReplySender.Receipt;
import java.time.Clock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a record as it came to its place in the window, or to its error. Confined to the poll thread. */
final class Reading {
    private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

    private final Serving serving;
    private final MessageCodec codec;
    private final PayloadCodecs payloads;
    private final ModelPool pool;
    private final Clock clock;

    Reading(Serving serving) {
        this.serving = serving;
        this.codec = serving.parts().codec();
        this.payloads = serving.parts().payloads();
        this.pool = serving.parts().pool();
        this.clock = serving.parts().clock();
    }

    /** @param partitions how many the topic has; 0 when that is not known */
    void read(ConsumerRecord<byte[], byte[]> record, long epoch, int partitions) {
        Receipt receipt = new Receipt(record, epoch);
        DecodedRequest request = codec.decode(record, clock.millis());
        if (request instanceof RejectedRequest rejected) {
            serving.answers().rejected(receipt, rejected);
        } else if (request instanceof Invocation invocation) {
            if (partitions > 0 && ModelPartition.of(invocation.model(), partitions) != record.partition()) {
                serving.figures().mispartitioned();
            }
            admit(receipt, invocation);
        }
    }

    private void admit(Receipt receipt, Invocation invocation) {
        try {
            admit(receipt, invocation, payloads.open(invocation.body()));
        } catch (RemoraException e) {
            serving.answers().rejected(receipt, invocation.reply(), e);
        } catch (RuntimeException e) {
            LOG.error(
                    "A fault of ours while reading request {}; please report it.",
                    invocation.reply().requestId(),
                    e);
            RemoraException fault = new RemoraException(ErrorCode.INTERNAL, "The server failed to read the request.");
            serving.answers().rejected(receipt, invocation.reply(), fault);
        }
    }

    private void admit(Receipt receipt, Invocation invocation, PayloadExchange payload) {
        Prospect prospect = pool.expect(invocation.model());
        serving.figures().polled(prospect.tier());
        WaitingRecord waiting = new WaitingRecord(
                receipt, invocation, payload, prospect, serving.parts().nanos().getAsLong());
        if (waiting.expired(clock.millis())) {
            serving.answers().expired(waiting);
            return;
        }
        ModelQueue cold = serving.window().add(waiting);
        if (cold != null) {
            serving.flow().prepare(cold);
        }
    }
}
