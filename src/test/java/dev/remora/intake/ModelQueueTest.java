package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.pool.Demand;
import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ModelQueueTest {
    private static final int PLACES = 20;

    /** A number is the priority of a record that comes; 0 takes one out, 10 puts the oldest of those taken back. */
    @Property(tries = 500)
    void itIsInOrderWhoeverComesGoesAndComesBack(
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 10) Integer> steps) {
        ModelQueue queue = new ModelQueue(new Demand(new ModelName("a.onnx")));
        List<WaitingRecord> expected = new ArrayList<>();
        List<WaitingRecord> out = new ArrayList<>();
        long sequence = 0;

        for (int step : steps) {
            if (step == 0 && !expected.isEmpty()) {
                out.add(queue.takeFirst());
                assertThat(out.get(out.size() - 1)).isSameAs(expected.remove(0));
            } else if (step == 10 && !out.isEmpty()) {
                add(queue, expected, out.remove(0));
            } else if (step > 0 && step < 10) {
                WaitingRecord record = Waiting.record("a.onnx", step);
                record.arrived(sequence++, PLACES);
                add(queue, expected, record);
            }
            assertThat(queue.records()).containsExactlyElementsOf(expected);
        }
    }

    private static void add(ModelQueue queue, List<WaitingRecord> expected, WaitingRecord record) {
        queue.add(record);
        expected.add(record);
        expected.sort(WaitingRecord.ORDER);
    }
}
