package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PageTrimmerTest {
    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger trims = new AtomicInteger();
    private final AtomicLong kept = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final PageTrimmer trimmer = new PageTrimmer(trims::incrementAndGet, this::kept, now::get);
    private final Thread thread = new Thread(trimmer);

    private long kept() {
        looks.incrementAndGet();
        return kept.get();
    }

    @BeforeEach
    void start() {
        thread.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        trimmer.stop();
        thread.join();
    }

    @Test
    void keepsWhatTheNextModelCanTakeOver() {
        kept.set(PageTrimmer.ENOUGH_BYTES - 1);

        trimmer.closed();
        now.addAndGet(PageTrimmer.QUIET_NANOS - 1);

        Await.until(() -> looks.get() > 1);
        assertThat(trims).hasValue(0);
    }

    @Test
    void trimsWhenNothingWasClosedForAWhile() {
        trimmer.closed();
        now.addAndGet(PageTrimmer.QUIET_NANOS);

        Await.until(() -> trims.get() == 1);
    }

    @Test
    void trimsAtOnceWhenTooMuchIsKeptButNotTwiceASecond() {
        kept.set(PageTrimmer.ENOUGH_BYTES);
        trimmer.closed();
        Await.until(() -> trims.get() == 1);

        kept.set(2 * PageTrimmer.ENOUGH_BYTES);
        trimmer.closed();
        Await.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        assertThat(trims).hasValue(1);

        now.addAndGet(1_000_000_000L);
        Await.until(() -> trims.get() == 2);
    }

    @Test
    void sleepsForGoodWhenNothingWasClosed() {
        Await.until(() -> thread.getState() == Thread.State.WAITING);

        assertThat(trims).hasValue(0);
    }
}
