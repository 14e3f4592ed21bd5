package dev.remora.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ModelQueueTest {
    private static final int PLACES = 20;

    /** A class of priority is worth so many places; of two at one place the older goes first. */
    private static final Comparator<WaitingRecord> EXPECTED = Comparator.<WaitingRecord>comparingLong(
                    each -> offset(each) + (long) (each.priority() - 1) * PLACES)
            .thenComparingLong(ModelQueueTest::offset);

    private final Prospect prospect = new Prospect(Tier.MEMORY, new Demand(new ModelName("a.onnx")));
    private final ModelQueue queue = new ModelQueue(prospect.demand());
    private int records;

    /** A number is the priority of a record that comes; 0 takes one out, 10 puts the oldest of those taken back. */
    @Property(tries = 500)
    void itIsInOrderWhoeverComesGoesAndComesBack(
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 10) Integer> steps) {
        // All tries are of one instance.
        queue.takeAll(each -> true);
        List<WaitingRecord> expected = new ArrayList<>();
        List<WaitingRecord> out = new ArrayList<>();

        for (int step : steps) {
            if (step == 0 && !expected.isEmpty()) {
                out.add(queue.takeFirst());
                assertThat(out.get(out.size() - 1)).isSameAs(expected.remove(0));
            } else if (step == 10 && !out.isEmpty()) {
                add(expected, out.remove(0));
            } else if (step > 0 && step < 10) {
                add(expected, record(step));
            }
            assertThat(queue.records()).containsExactlyElementsOf(expected);
            assertThePoolIsToldOf(expected);
        }
    }

    @Test
    void ofTwoAtOnePlaceTheOlderGoesFirst() {
        WaitingRecord older = record(2);
        records = PLACES;
        WaitingRecord younger = record(1);

        queue.add(younger);
        queue.add(older);

        assertThat(queue.takeFirst()).isSameAs(older);
    }

    @Test
    void theLastThatMayLeaveAreTakenInTheirOrder() {
        List<WaitingRecord> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            add(all, record(5));
        }

        List<WaitingRecord> taken = queue.takeLast(2, each -> offset(each) != 3);

        assertThat(taken).containsExactly(all.get(2), all.get(4));
        all.removeAll(taken);
        assertThat(queue.records()).containsExactlyElementsOf(all);
        assertThePoolIsToldOf(all);
    }

    @Test
    void whatIsTakenOutIsNoLongerWanted() {
        List<WaitingRecord> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            add(all, record(5));
        }

        List<WaitingRecord> taken = queue.takeAll(each -> offset(each) != 3);

        assertThat(taken).containsExactly(all.get(0), all.get(1), all.get(2), all.get(4));
        assertThePoolIsToldOf(all.subList(3, 4));
    }

    private void assertThePoolIsToldOf(List<WaitingRecord> expected) {
        Demand demand = prospect.demand();
        assertThat(demand.waiting()).isEqualTo(expected.size());
        assertThat(demand.nextUse())
                .isEqualTo(expected.isEmpty() ? Demand.NONE : expected.get(0).place());
    }

    private WaitingRecord record(int priority) {
        WaitingRecord record = Waiting.record(Bench.P0, records, "a.onnx", priority, new byte[1], prospect, 1);
        record.arrived(records++, PLACES);
        return record;
    }

    private void add(List<WaitingRecord> expected, WaitingRecord record) {
        queue.add(record);
        expected.add(record);
        expected.sort(EXPECTED);
    }

    private static long offset(WaitingRecord record) {
        return record.receipt().record().offset();
    }
}
