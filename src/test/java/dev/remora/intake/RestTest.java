package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestTest {
    private static final long LONG = Long.MAX_VALUE;

    private long nanos = 1;
    private final Rest rest = new Rest(nanos);

    @Test
    void whileManyRecordsComeAndEnoughWaitItRestsLongerAndLonger() {
        come(Rest.MANY);

        assertThat(rest.next(Rest.ENOUGH, LONG)).isEqualTo(Rest.STEP_NANOS);
        assertThat(rest.next(Rest.ENOUGH, LONG)).isEqualTo(2 * Rest.STEP_NANOS);
        for (int i = 0; i < 50; i++) {
            rest.next(Rest.ENOUGH, LONG);
        }
        assertThat(rest.next(Rest.ENOUGH, LONG)).isEqualTo(Rest.LONGEST_NANOS);
    }

    @Test
    void whileFewRecordsComeItDoesNotRestHoweverManyWait() {
        come(Rest.MANY);
        rest.next(10_000, LONG);

        come(Rest.MANY / 2);

        assertThat(rest.next(10_000, LONG)).isZero();
    }

    @Test
    void whileFewRecordsWaitItDoesNotRest() {
        come(Rest.MANY);

        assertThat(rest.next(Rest.ENOUGH - 1, LONG)).isZero();
    }

    @Test
    void afterFewWaitedItRestsHalfAsLongAsBefore() {
        come(Rest.MANY);
        for (int i = 0; i < 6; i++) {
            rest.next(Rest.ENOUGH, LONG);
        }

        rest.next(Rest.ENOUGH - 1, LONG);

        assertThat(rest.next(Rest.ENOUGH, LONG)).isEqualTo(4 * Rest.STEP_NANOS);
    }

    @Test
    void manyMayComeInFewReads() {
        for (int i = 0; i < 10; i++) {
            nanos += Duration.ofMillis(100).toNanos();
            rest.read(Rest.MANY / 10, nanos);
        }

        assertThat(rest.next(Rest.ENOUGH, LONG)).isPositive();
    }

    @Test
    void aFewThatComeTogetherAreNotMany() {
        for (int i = 0; i < 5; i++) {
            nanos += Duration.ofMillis(1).toNanos();
            rest.read(1, nanos);
        }

        assertThat(rest.next(Rest.ENOUGH, LONG)).isZero();
    }

    @Test
    void itIsBackBeforeTheRunThreadsHaveNothingToDo() {
        come(Rest.MANY);
        for (int i = 0; i < 50; i++) {
            rest.next(Rest.ENOUGH, LONG);
        }

        assertThat(rest.next(Rest.ENOUGH, Duration.ofMillis(2).toNanos()))
                .isEqualTo(Duration.ofMillis(1).toNanos());
    }

    /** A second at this pace. */
    private void come(int perSecond) {
        for (int i = 0; i < perSecond; i++) {
            nanos += Duration.ofSeconds(1).toNanos() / perSecond;
            rest.read(1, nanos);
        }
    }
}
