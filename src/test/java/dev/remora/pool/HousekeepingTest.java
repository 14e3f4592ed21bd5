package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeepingTest {
    private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);

    private final LogSpy log = new LogSpy(Housekeeping.class);
    private Housekeeping housekeeping;
    private Preparing way;

    @BeforeEach
    void beginAWay(@TempDir Path disk) throws IOException {
        Duration none = Duration.ZERO;
        PoolSettings settings = new PoolSettings(
                disk, 1 << 20, 1000, Duration.ofSeconds(60), none, List.of(), List.of(), none, true, true, 1);
        PoolState state = new PoolState(settings, CrashMarks.open(disk), new LruPolicy(), () -> 0);
        Preparations preparations = new Preparations(state, DiskFolder.open(disk, folder -> Long.MAX_VALUE));
        housekeeping = new Housekeeping(state, preparations);
        way = new Preparing(state.slot(new ModelName("late.onnx")), 1);
        state.preparing.add(way);
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    private void assertSaidOnceAfterHalfAMinute(String reason) {
        housekeeping.tidy(HALF_A_MINUTE.minusMillis(1).toNanos());
        assertThat(log.said()).isEmpty();

        housekeeping.tidy(HALF_A_MINUTE.multipliedBy(2).toNanos());
        housekeeping.tidy(HALF_A_MINUTE.multipliedBy(4).toNanos());

        assertThat(log.said())
                .singleElement()
                .asString()
                .startsWith("WARNING late.onnx")
                .contains(reason);
    }

    @Test
    void saysAModelThatTheStoreDoesNotGive() {
        way.trouble = "The store is away.";

        assertSaidOnceAfterHalfAMinute("The store is away.");
    }

    @Test
    void saysAModelThatWaitsForRoomOnDisk() {
        way.roomTicket = 1;

        assertSaidOnceAfterHalfAMinute("remora.disk.max");
    }

    @Test
    void saysAModelThatWaitsForMemory() {
        way.stage = Preparing.Stage.LOAD;
        way.memoryNeeded = 1;

        assertSaidOnceAfterHalfAMinute("remora.memory.max");
    }

    @Test
    void saysNothingOfAModelThatIsOnItsWay() {
        way.stage = Preparing.Stage.FETCHING;

        housekeeping.tidy(HALF_A_MINUTE.multipliedBy(2).toNanos());

        assertThat(log.said()).isEmpty();
    }
}
