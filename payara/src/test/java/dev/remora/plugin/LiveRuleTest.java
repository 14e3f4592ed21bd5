package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LiveRuleTest {
    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration RUN_TIMEOUT = Duration.ofSeconds(60);

    @Test
    void threadsThatTurnAreLive() {
        assertThat(trouble(SOON, SOON, SOON)).isEmpty();
    }

    @Test
    void aTurnMayWaitForABrokerAndNoLonger() {
        var waiting = LiveRule.MARGIN.minusMillis(1);

        assertThat(trouble(waiting, waiting, SOON)).isEmpty();
        assertThat(trouble(LiveRule.MARGIN, SOON, SOON).orElse("")).contains("poll thread", "180 s", "jstack");
        assertThat(trouble(SOON, LiveRule.MARGIN, SOON).orElse("")).contains("reply thread", "180 s", "jstack");
    }

    @Test
    void aRunWithinItsTimeoutIsNoFaultAndOneThatCannotBeStoppedIs() {
        assertThat(trouble(SOON, SOON, RUN_TIMEOUT)).isEmpty();
        assertThat(trouble(SOON, SOON, RUN_TIMEOUT.plus(LiveRule.MARGIN)).orElse(""))
                .contains("remora.run.timeout (60 s)", "240 s", "jstack");
        assertThat(new LiveRule(Duration.ofHours(1)).trouble(Set.of(), SOON, SOON, Duration.ofHours(1)))
                .isEmpty();
    }

    @Test
    void aThreadThatHasEndedIsAFaultWhateverTheOthersDo() {
        var trouble = new LiveRule(RUN_TIMEOUT).trouble(Set.of("remora-load"), SOON, SOON, Duration.ZERO);

        assertThat(trouble.orElse("")).contains("remora-load", "Restart");
    }

    private static Optional<String> trouble(Duration poll, Duration reply, Duration longestRun) {
        return new LiveRule(RUN_TIMEOUT).trouble(Set.of(), poll, reply, longestRun);
    }
}
