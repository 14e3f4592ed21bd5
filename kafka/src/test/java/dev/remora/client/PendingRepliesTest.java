package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class PendingRepliesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final RemoraException END = new RemoraException(ErrorCode.UNAVAILABLE, "closed");

    private final CompletableFuture<InferenceReply> future = new CompletableFuture<>();

    @Test
    void failWhatIsAddedAfterTheEnd() {
        PendingReplies pending = new PendingReplies("me", 10, Runnable::run);
        pending.end(END);

        assertThat(pending.add(future, true, 0, SECOND)).isNull();

        assertThat(future).isCompletedExceptionally();
    }

    @Test
    void runWhatDependsOnAReplyOnTheExecutorAlone() {
        List<Runnable> tasks = new ArrayList<>();
        PendingReplies pending = new PendingReplies("me", 10, tasks::add);
        pending.add(future, true, 0, SECOND);

        pending.failAll(END);
        assertThat(future).isNotDone();
        tasks.forEach(Runnable::run);

        assertThat(future).isCompletedExceptionally();
    }

    @Test
    void failEvenIfTheExecutorTakesNoMore() {
        PendingReplies pending = new PendingReplies("me", 10, task -> {
            throw new RejectedExecutionException();
        });
        pending.add(future, true, 0, SECOND);

        pending.failAll(END);

        assertThat(future).isCompletedExceptionally();
    }

    @Test
    void forgetWhatItsOwnerGaveUp() {
        PendingReplies pending = new PendingReplies("me", 1, Runnable::run);
        String correlation = pending.add(future, true, 0, SECOND);
        future.cancel(false);

        pending.expire(0);

        assertThat(pending.holds(String.valueOf(correlation))).isFalse();
        assertThat(pending.add(new CompletableFuture<>(), true, 0, SECOND)).isNotNull();
    }

    @Test
    void expireRightWhenTheClockOverflows() {
        PendingReplies pending = new PendingReplies("me", 10, Runnable::run);
        pending.add(future, true, Long.MAX_VALUE - 1, SECOND);

        pending.expire(Long.MAX_VALUE);
        assertThat(future).isNotDone();
        pending.expire(Long.MAX_VALUE - 1 + SECOND.toNanos());

        assertThat(future).isCompletedExceptionally();
    }
}
