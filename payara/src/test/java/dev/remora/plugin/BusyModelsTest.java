package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.IntakeSnapshot;
import dev.remora.intake.Workload;
import dev.remora.protocol.ModelName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BusyModelsTest {
    private final BusyModels busy = new BusyModels();

    @Test
    void theSumIsAllReplies() {
        busy.update(snapshot(Map.of("a", 5L), 10));

        var counts = busy.update(snapshot(Map.of("a", 8L), 11));

        assertThat(counts).containsOnly(Map.entry("a", 8L), Map.entry("_other", 11L));
    }

    @Test
    void whileAllModelsAreShownEachCountsFromItsFirstReply() {
        busy.update(snapshot(Map.of("a", 5L), 0));

        var counts = busy.update(snapshot(Map.of("a", 5L, "b", 1L), 0));

        assertThat(counts).containsOnly(Map.entry("a", 5L), Map.entry("b", 1L), Map.entry("_other", 0L));
    }

    @Test
    void aModelThatComesTakesNothingFromTheOthers() {
        busy.update(snapshot(Map.of("a", 5L), 10));

        // b had 6 of the ten others, and got 4 more.
        var counts = busy.update(snapshot(Map.of("a", 5L, "b", 10L), 4));

        assertThat(counts).containsOnly(Map.entry("a", 5L), Map.entry("b", 0L), Map.entry("_other", 14L));
    }

    @Test
    void theOthersDoNotLeapWhenAModelGoes() {
        busy.update(snapshot(Map.of("a", 1_000L), 10));

        var counts = busy.update(snapshot(Map.of("b", 2_000L), 1_010));

        assertThat(counts).containsOnly(Map.entry("b", 0L), Map.entry("_other", 2_010L));
    }

    private static IntakeSnapshot snapshot(Map<String, Long> models, long others) {
        var byModel = new HashMap<ModelName, Long>();
        models.forEach((name, count) -> byModel.put(new ModelName(name), count));
        return new IntakeSnapshot(
                0,
                0,
                0,
                0,
                0,
                0,
                Workload.NONE,
                0,
                Map.of(),
                Map.of(),
                byModel,
                others,
                0,
                0,
                0,
                0,
                Map.of(),
                Optional.empty());
    }
}
