package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class MailboxTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final Runnable FIRST = () -> {};
    private static final Runnable SECOND = new Thread();
    private static final Runnable THIRD = new Thread();

    private final List<Runnable> taken = new ArrayList<>();

    @Test
    void whatMayWaitIsTakenTogetherWithWhatMayNot() throws Exception {
        Mailbox mailbox = new Mailbox(System::nanoTime);
        CompletableFuture<List<Runnable>> taking = new CompletableFuture<>();
        Thread taker = new Thread(() -> taking.complete(take(mailbox, 10, HOUR)));
        taker.start();

        mailbox.post(FIRST, HOUR / 2);
        mailbox.post(SECOND, HOUR / 3);
        Await.until(() -> taker.getState() == Thread.State.TIMED_WAITING);
        assertThat(taking).isNotDone();
        mailbox.post(THIRD, 0);

        assertThat(taking.get(10, TimeUnit.SECONDS)).containsExactly(FIRST, SECOND, THIRD);
    }

    @Test
    void nobodyIsWokenForAMessageThatMayWaitLongerThanOneBefore() {
        long[] now = {0};
        Mailbox mailbox = new Mailbox(() -> now[0]);
        mailbox.post(FIRST, 10);
        mailbox.post(SECOND, HOUR);

        now[0] = 10;

        assertThat(take(mailbox, 10, HOUR)).containsExactly(FIRST, SECOND);
    }

    @Test
    void whatIsLeftIsTakenNext() {
        Mailbox mailbox = new Mailbox(() -> 0);
        mailbox.post(FIRST, 0);
        mailbox.post(SECOND, HOUR);
        mailbox.post(THIRD, HOUR);

        assertThat(take(mailbox, 2, HOUR)).containsExactly(FIRST, SECOND);
        assertThat(take(mailbox, 2, HOUR)).containsExactly(FIRST, SECOND, THIRD);
    }

    @Test
    void nothingIsWaitedForLongerThanTheLimit() {
        Mailbox mailbox = new Mailbox(System::nanoTime);
        assertThat(take(mailbox, 10, 1)).isEmpty();

        mailbox.post(FIRST, HOUR);

        assertThat(take(mailbox, 10, 1)).containsExactly(FIRST);
    }

    @Test
    void whatWasTakenAlreadyIsNoReasonToLookAgainAtOnce() {
        long[] now = {0};
        Mailbox mailbox = new Mailbox(() -> now[0] += 1_000);
        mailbox.post(FIRST, 0);
        take(mailbox, 10, 0);
        long since = now[0];

        take(mailbox, 10, 200_000);

        assertThat(now[0] - since).isGreaterThan(100_000);
    }

    private List<Runnable> take(Mailbox mailbox, int max, long limitNanos) {
        try {
            mailbox.take(taken, max, limitNanos);
            return taken;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
