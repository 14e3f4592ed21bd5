package dev.remora.reply;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.reply.Completion.Attempt;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What takes the place of a reply that cannot be written: an error in the same place, then an error on the endpoint's own
 * reply topic, then the request itself as a dead letter, then a dead letter that only says where the request lies, then a
 * line in the log: a record that nothing can be written for holds up no other for ever. Thread-safe.
 */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final ReplySettings settings;
    private final MessageCodec codec;

    Refusals(ReplySettings settings, MessageCodec codec) {
        this.settings = settings;
        this.codec = codec;
    }

    /**
     * The next form of a reply.
     *
     * @param refused the last one
     * @param reason why it cannot be written
     */
    Completion next(Completion refused, RemoraException reason) {
        boolean inPlace = refused.attempt() == Attempt.AS_MADE && reason.code() == ErrorCode.PAYLOAD_TOO_LARGE;
        if (inPlace) {
            return error(refused, refused.context(), reason, Attempt.ERROR);
        }
        if (refused.attempt().compareTo(Attempt.ERROR) <= 0) {
            ReplyContext asked = refused.context();
            ReplyContext home = new ReplyContext(asked.requestId(), ReplyAddress.DEFAULT, asked.echoed());
            return error(refused, home, reason, Attempt.ERROR_AT_HOME);
        }
        return switch (refused.attempt()) {
            case DEAD_LETTER -> letter(refused, place(original(refused), reason), reason, Attempt.PLACE);
            case PLACE, NOTHING -> {
                LOG.error(
                        "A request is passed over without a reply: offset {} of {}. Neither a reply nor a dead letter can be"
                                + " written for it: {} {}",
                        refused.receipt().record().offset(),
                        refused.receipt().partition(),
                        reason.getMessage(),
                        reason.remedy());
                yield letter(refused, refused.reply(), reason, Attempt.NOTHING);
            }
            default -> letter(refused, deadLetter(original(refused), reason), reason, Attempt.DEAD_LETTER);
        };
    }

    /** Whether a topic is one of our own, which the operator can mend, or one that a request named. */
    boolean ours(String topic) {
        return topic.equals(settings.repliesTopic()) || topic.equals(settings.dlqTopic());
    }

    private Completion error(Completion refused, ReplyContext context, RemoraException reason, Attempt attempt) {
        return new Completion(
                refused.receipt(),
                context,
                refused.head(),
                codec.encodeReply(context, refused.head(), reason),
                reason.code().status(),
                attempt);
    }

    private static Completion letter(
            Completion refused, ProducerRecord<byte[], byte[]> letter, RemoraException reason, Attempt attempt) {
        return new Completion(
                refused.receipt(),
                refused.context(),
                refused.head(),
                letter,
                reason.code().status(),
                attempt);
    }

    /** Sent again, one that another instance left to us is a request like any other. */
    private static ConsumerRecord<byte[], byte[]> original(Completion refused) {
        return MessageCodec.original(refused.receipt().record());
    }

    private ProducerRecord<byte[], byte[]> deadLetter(ConsumerRecord<byte[], byte[]> record, RemoraException reason) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        describe(headers, record, reason);
        return new ProducerRecord<>(settings.dlqTopic(), null, record.key(), record.value(), headers);
    }

    /** Small, whatever the request was. */
    private ProducerRecord<byte[], byte[]> place(ConsumerRecord<byte[], byte[]> record, RemoraException reason) {
        RecordHeaders headers = new RecordHeaders();
        describe(headers, record, reason);
        return new ProducerRecord<>(settings.dlqTopic(), null, record.key(), null, headers);
    }

    /** The names are those of KIP-1191. */
    private void describe(RecordHeaders headers, ConsumerRecord<byte[], byte[]> record, RemoraException reason) {
        add(headers, "__dlq.errors.topic", record.topic());
        add(headers, "__dlq.errors.partition", Integer.toString(record.partition()));
        add(headers, "__dlq.errors.offset", Long.toString(record.offset()));
        add(headers, "__dlq.errors.group", settings.group());
        add(headers, "__dlq.errors.delivery.count", "1");
        add(headers, "__dlq.errors.message", reason.getMessage());
        add(headers, "remora-error-code", reason.code().name());
    }

    private static void add(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
