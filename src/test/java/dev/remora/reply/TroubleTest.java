package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TroubleTest {
    private static final String NAME = "dev.remora.reply.TroubleTest";

    private final Logger logger = Logger.getLogger(NAME);
    private final Lines lines = new Lines();
    private long nanos;
    private final Trouble trouble = new Trouble(LoggerFactory.getLogger(NAME), () -> nanos);

    TroubleTest() {
        logger.addHandler(lines);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void quiet() {
        logger.removeHandler(lines);
    }

    @Test
    void itIsLoggedWhenItBeginsAndEveryHalfMinuteWhileItLasts() {
        for (int second = 0; second < 70; second++) {
            trouble.is("away", "away for " + second + " s");
            nanos += Duration.ofSeconds(1).toNanos();
        }

        assertThat(lines.texts).containsExactly("away for 0 s", "away for 30 s", "away for 60 s");
        assertThat(trouble.text()).contains("away for 69 s");
    }

    @Test
    void otherTroubleIsLoggedAtOnce() {
        trouble.is("one");
        trouble.is("two");

        assertThat(lines.texts).containsExactly("one", "two");
    }

    @Test
    void itsEndIsLoggedOnceAndItsReturnAnew() {
        trouble.over();
        trouble.is("away");
        trouble.over();
        trouble.over();
        trouble.is("away");

        assertThat(lines.texts).containsExactly("away", "Over: away", "away");
    }

    private static final class Lines extends Handler {
        private final List<String> texts = new ArrayList<>();

        @Override
        public void publish(LogRecord line) {
            texts.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
