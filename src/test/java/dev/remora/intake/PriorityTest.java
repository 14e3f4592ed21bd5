package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** In which order the records of one model run. */
class PriorityTest {
    private static final int PLACES = 20;
    private static final Prospect WARM = new Prospect(Tier.MEMORY, new Demand(new ModelName("a.onnx")));

    @Provide
    Arbitrary<List<Integer>> priorities() {
        return Arbitraries.integers().between(1, 9).list().ofMinSize(1).ofMaxSize(300);
    }

    @Property(tries = 200)
    void equalPrioritiesKeepTheLogsOrderAndNobodyIsPassedWithoutEnd(@ForAll("priorities") List<Integer> priorities) {
        ModelQueues queues = queues();
        for (int i = 0; i < priorities.size(); i++) {
            queues.add(record(i, priorities.get(i)), 1);
        }

        List<Integer> order = takeAll(queues, priorities.size());

        for (int later = 0; later < order.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                int behind = order.get(later);
                int ahead = order.get(earlier);
                int classes = priorities.get(behind) - priorities.get(ahead);
                assertThat(ahead - behind)
                        .as("how much younger may be who runs earlier")
                        .isLessThanOrEqualTo(classes * PLACES);
            }
        }
    }

    @Test
    void theMoreUrgentGoesFirst() {
        ModelQueues queues = queues();
        queues.add(record(0, 9), 1);
        queues.add(record(1, 5), 1);
        queues.add(record(2, 1), 1);
        queues.add(record(3, 5), 1);

        assertThat(takeAll(queues, 4)).containsExactly(2, 1, 3, 0);
    }

    @Test
    void aModelThatTheUrgentWaitForIsWantedFirst() {
        ModelQueues queues = queues();
        Demand urgent = new Demand(new ModelName("urgent.onnx"));

        queues.add(record(0, 5), 1);
        queues.add(Waiting.record(Bench.P0, 1, "urgent.onnx", 1, new byte[1], new Prospect(Tier.S3, urgent), 1), 1);

        assertThat(urgent.nextUse()).isLessThan(WARM.demand().nextUse());
    }

    private static ModelQueues queues() {
        return new ModelQueues(new Turns(), PLACES);
    }

    private static WaitingRecord record(long offset, int priority) {
        return Waiting.record(Bench.P0, offset, "a.onnx", priority, new byte[1], WARM, 1);
    }

    private static List<Integer> takeAll(ModelQueues queues, int count) {
        List<Integer> offsets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            offsets.add((int) Objects.requireNonNull(queues.next(Slots.ANY))
                    .receipt()
                    .record()
                    .offset());
        }
        return offsets;
    }
}
