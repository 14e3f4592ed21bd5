package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolStateTest {
    @Test
    void whatFailsOutsideTheLockKeepsNothingElseFromBeingDone(@TempDir Path disk) throws IOException {
        PoolFixture fixture = new PoolFixture(disk);
        PoolState state = new PoolState(fixture.settings(), CrashMarks.open(disk), fixture.policy, fixture.clock::get);
        List<String> done = new ArrayList<>();

        String decided;
        try (LogSpy log = new LogSpy(PoolState.class)) {
            decided = state.locked(() -> {
                state.outside(() -> {
                    throw new IllegalStateException("a fault");
                });
                state.outside(() -> done.add("the next"));
                return "a job";
            });
            assertThat(log.said()).singleElement().asString().startsWith("SEVERE");
        }

        assertThat(decided).isEqualTo("a job");
        assertThat(done).containsExactly("the next");
    }
}
