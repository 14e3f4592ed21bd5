package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final int REQUESTS = 2;

    private final Semaphore slots = new Semaphore(0);
    private Samples samples;
    private Answers answers;

    @BeforeEach
    void expectTwo() throws Exception {
        samples = Samples.of(Samples.BLOB, Path.of(""));
        answers = new Answers(samples, slots, "run-", REQUESTS, true);
        answers.begin(
                System.nanoTime(), System.nanoTime() + Duration.ofMinutes(1).toNanos());
        for (int i = 0; i < REQUESTS; i++) {
            answers.expect(i, System.nanoTime());
        }
    }

    @Test
    void rightAnswersAreCountedAndFreeTheirSlots() throws Exception {
        answers.received(reply(0, samples.body(0)));
        answers.received(reply(1, samples.body(1)));
        answers.sent(REQUESTS);

        assertThat(answers.await(Duration.ZERO)).isTrue();
        assertThat(answers.outcome(REQUESTS, true).checked("it").answered()).isEqualTo(2);
        assertThat(slots.availablePermits()).isEqualTo(2);
    }

    @Test
    void howLongRequestsWaitedForTheirTurnIsReadFromTheirReplies() throws Exception {
        ConsumerRecord<byte[], byte[]> timed = reply(0, samples.body(0));
        timed.headers().add("remora-timing", "queue;dur=12.5, run;dur=1".getBytes(StandardCharsets.UTF_8));
        answers.received(timed);
        answers.received(reply(1, samples.body(1)));
        answers.sent(REQUESTS);

        assertThat(answers.outcome(REQUESTS, true).queueP99()).isEqualTo(12.5);
    }

    @Test
    void theAnswerToAnotherRequestIsWrong() {
        answers.received(reply(0, samples.body(1)));

        assertFails(1, "1 wrong");
    }

    @Test
    void anErrorIsNoAnswer() {
        ConsumerRecord<byte[], byte[]> error = reply(0, "{\"code\":\"INTERNAL\"}".getBytes(StandardCharsets.UTF_8));
        error.headers().add("remora-status", "error".getBytes(StandardCharsets.UTF_8));

        answers.received(error);

        assertFails(1, "1 failed");
        assertFails(1, "INTERNAL");
    }

    @Test
    void aSecondAnswerIsNoticed() {
        answers.received(reply(0, samples.body(0)));
        answers.received(reply(0, samples.body(0)));

        assertFails(1, "1 doubled");
    }

    @Test
    void aMissingAnswerIsNoticed() throws Exception {
        answers.received(reply(0, samples.body(0)));
        answers.sent(REQUESTS);

        assertThat(answers.await(Duration.ZERO)).isFalse();
        assertFails(REQUESTS, "1 lost");
    }

    @Test
    void repliesOfAnEarlierRunAreNotOurs() {
        ConsumerRecord<byte[], byte[]> other = new ConsumerRecord<>("replies", 0, 0, new byte[0], new byte[0]);
        other.headers().add(Load.ID, "earlier-0".getBytes(StandardCharsets.UTF_8));

        answers.received(other);

        assertThat(answers.outcome(0, true).answered()).isZero();
    }

    private void assertFails(int sent, String why) {
        assertThatThrownBy(() -> answers.outcome(sent, sent == 1).checked("it")).hasMessageContaining(why);
    }

    private static ConsumerRecord<byte[], byte[]> reply(int request, byte[] value) {
        ConsumerRecord<byte[], byte[]> reply = new ConsumerRecord<>("replies", 0, 0, new byte[0], value);
        reply.headers().add(Load.ID, ("run-" + request).getBytes(StandardCharsets.UTF_8));
        return reply;
    }
}
