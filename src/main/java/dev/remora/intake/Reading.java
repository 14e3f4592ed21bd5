package dev.remora.intake;

import dev.remora.intake.Deferred.Place;
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
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a record as it came to its place in the window, or to its error. Thread-safe. */
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

    /**
     * Reads a record as it came.
     *
     * @param partitions how many the topic has; 0 when that is not known
     * @return what is to be admitted; null where the record was answered, or left to another instance
     */
    @Nullable
    WaitingRecord read(ConsumerRecord<byte[], byte[]> record, long epoch, int partitions) {
        Receipt receipt = new Receipt(record, epoch);
        DecodedRequest request = codec.decode(record, clock.millis());
        if (request instanceof RejectedRequest rejected) {
            serving.answers().rejected(receipt, rejected);
        } else if (request instanceof Invocation invocation) {
            if (partitions > 0
                    && ModelPartition.of(invocation.model(), partitions) != record.partition()
                    && !onPurpose(record, invocation, partitions)) {
                serving.figures().mispartitioned();
            }
            if (staysHere(invocation) || !serving.forwarder().forward(receipt, invocation, this::keep)) {
                return waiting(receipt, invocation);
            }
        }
        return null;
    }

    /** Gives what was read its place in the window. */
    void admit(List<WaitingRecord> records) {
        if (!records.isEmpty()) {
            serving.window().add(records).forEach(serving.flow()::prepare);
        }
    }

    /** Also when it has expired: nobody need run it. */
    private boolean staysHere(Invocation invocation) {
        return serving.forwarder().idle() || invocation.deadlineMillis() <= clock.millis();
    }

    private boolean onPurpose(ConsumerRecord<byte[], byte[]> record, Invocation invocation, int partitions) {
        return invocation.forwarded()
                || serving.parts().routes().leads(invocation.model(), record.partition(), partitions);
    }

    /** A record that could not be left to another instance is served here. */
    void keep(Receipt receipt, Invocation invocation) {
        try {
            Prospect prospect = pool.expect(invocation.model());
            WaitingRecord waiting = new WaitingRecord(
                    receipt,
                    invocation,
                    payloads.open(invocation.body()),
                    prospect,
                    serving.parts().nanos().getAsLong());
            prepare(serving.window().keep(waiting.staying()));
        } catch (RuntimeException e) {
            serving.answers().rejected(receipt, invocation.model(), invocation.reply(), unreadable(invocation, e));
        }
    }

    /** A deferred record was read again: it goes to the window if it is its model's turn and there is room. */
    void readAgain(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        DecodedRequest request = codec.decode(record, clock.millis());
        if (request instanceof RejectedRequest rejected) {
            Place place = serving.window().deferredAt(partition, record.offset());
            if (place != null && undefer(place)) {
                serving.answers().rejected(new Receipt(record, place.epoch()), rejected);
            }
        } else if (request instanceof Invocation invocation) {
            Place place = serving.window().deferredAt(partition, invocation.model(), record.offset());
            if (place != null) {
                readAgain(new Receipt(record, place.epoch()), invocation, place);
            }
        }
    }

    private void readAgain(Receipt receipt, Invocation invocation, Place place) {
        boolean left =
                !staysHere(invocation) && serving.forwarder().forwardAgain(place, receipt, invocation, this::keep);
        if (!left) {
            if (invocation.forwarded()) {
                serving.window().ask(in -> in.deferred().keepHere(place));
            }
            admitAgain(receipt, invocation, place);
        }
    }

    private void admitAgain(Receipt receipt, Invocation invocation, Place place) {
        try {
            PayloadExchange payload = payloads.open(invocation.body());
            Prospect prospect = pool.expect(invocation.model());
            WaitingRecord waiting = new WaitingRecord(receipt, invocation, payload, prospect, place.polledNanos());
            if (!waiting.expired(clock.millis())) {
                prepare(serving.window().addAgain(waiting, place));
            } else if (undefer(place)) {
                serving.answers().expired(waiting);
            }
        } catch (RuntimeException e) {
            if (undefer(place)) {
                serving.answers().rejected(receipt, invocation.model(), invocation.reply(), unreadable(invocation, e));
            }
        }
    }

    private @Nullable WaitingRecord waiting(Receipt receipt, Invocation invocation) {
        try {
            PayloadExchange payload = payloads.open(invocation.body());
            Prospect prospect = pool.expect(invocation.model());
            WaitingRecord waiting = new WaitingRecord(
                    receipt,
                    invocation,
                    payload,
                    prospect,
                    serving.parts().nanos().getAsLong());
            if (!waiting.expired(clock.millis())) {
                return waiting;
            }
            serving.answers().expired(waiting);
        } catch (RuntimeException e) {
            serving.answers().rejected(receipt, invocation.model(), invocation.reply(), unreadable(invocation, e));
        }
        return null;
    }

    private static RemoraException unreadable(Invocation invocation, RuntimeException reason) {
        if (reason instanceof RemoraException known) {
            return known;
        }
        LOG.error(
                "A fault of ours while reading request {}; please report it.",
                invocation.reply().requestId(),
                reason);
        return new RemoraException(ErrorCode.INTERNAL, "The server failed to read the request.");
    }

    /** A deferred record is answered without a run. False when its partition has moved on. */
    private boolean undefer(Place place) {
        return serving.window().ask(in -> in.deferred().remove(place));
    }

    private void prepare(@Nullable ModelQueue cold) {
        if (cold != null) {
            serving.flow().prepare(cold);
        }
    }
}
