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

/**
 * What takes the place of a reply that cannot be written: an error in the same place, then an error on the endpoint's own
 * reply topic, then the request itself as a dead letter. Thread-safe.
 */
final class Refusals {
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
        return new Completion(
                refused.receipt(),
                refused.context(),
                refused.head(),
                deadLetter(refused.receipt().record(), reason),
                reason.code().status(),
                Attempt.DEAD_LETTER);
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

    /** The names of its headers are those of KIP-1191. */
    private ProducerRecord<byte[], byte[]> deadLetter(ConsumerRecord<byte[], byte[]> record, RemoraException reason) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        add(headers, "__dlq.errors.topic", record.topic());
        add(headers, "__dlq.errors.partition", Integer.toString(record.partition()));
        add(headers, "__dlq.errors.offset", Long.toString(record.offset()));
        add(headers, "__dlq.errors.group", settings.group());
        add(headers, "__dlq.errors.delivery.count", "1");
        add(headers, "__dlq.errors.message", reason.getMessage());
        add(headers, "remora-error-code", reason.code().name());
        return new ProducerRecord<>(settings.dlqTopic(), null, record.key(), record.value(), headers);
    }

    private static void add(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
