package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class UnsettledTest {
    @Test
    void whatIsSettledBeyondTheCommitDoesNotWait() {
        Runs settled = new Runs(new long[] {12, 20}, new long[] {15, 90});
        String metadata = new ProgressMetadata(Uuid.randomUuid(), "i", settled).encode(10, 1_000);

        assertThat(Unsettled.count(new OffsetAndMetadata(10, metadata), 100)).isEqualTo(90 - 3 - 70);
    }

    @Test
    void aCommitThatSaysNoMoreIsTakenAtItsWord() {
        assertThat(Unsettled.count(new OffsetAndMetadata(10), 100)).isEqualTo(90);
        assertThat(Unsettled.count(new OffsetAndMetadata(10), 5)).isZero();
    }
}
