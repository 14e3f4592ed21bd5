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
    private final PageTrimmer trimmer = new PageTrimmer(trims::incrementAndGet, now::get);
    private final Thread thread = new Thread(trimmer);

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
    void trimsAfterTheFirstModelAtOnce() {
        trimmer.closed(1);

        Await.until(() -> trims.get() == 1);
    }

    @Test
    void waitsASecondBeforeTheNextUnlessMuchWasClosed() {
        trimmer.closed(1);
        Await.until(() -> trims.get() == 1);

        trimmer.closed(PageTrimmer.ENOUGH_BYTES / 2);
        Await.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        assertThat(trims).hasValue(1);

        trimmer.closed(PageTrimmer.ENOUGH_BYTES / 2);
        Await.until(() -> trims.get() == 2);
    }

    @Test
    void trimsWhenTheSecondIsOver() {
        trimmer.closed(1);
        Await.until(() -> trims.get() == 1);

        trimmer.closed(1);
        now.addAndGet(1_000_000_000L);

        Await.until(() -> trims.get() == 2);
    }

    @Test
    void sleepsForGoodWhenNothingWasClosed() {
        Await.until(() -> thread.getState() == Thread.State.WAITING);

        assertThat(trims).hasValue(0);
    }
}
