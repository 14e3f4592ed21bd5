package dev.remora.it.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.it.guarantee.FakeMember.Vice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A suite that finds nothing proves nothing: members that break a promise must be found out. */
class GuaranteeRunTest {
    private static final Plan.Disturbances SOME = new Plan.Disturbances(1, 1, 0, 0, 1, 1, 1);

    @Test
    void findsNothingWhereAllIsRight(@TempDir Path folder) throws IOException, InterruptedException {
        Verdict verdict = run(Vice.NONE, SOME, folder);

        assertThat(verdict.violations()).as(verdict.toString()).isEmpty();
        assertThat(verdict.figures()).containsEntry("records", 1000).containsEntry("kills", 1);
        assertThat(verdict.takeoverSecondsMax()).as(verdict.toString()).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"FORGETS, lost", "REPEATS, doubled", "LIES, wrong", "MAKES_UP, unasked", "NEVER_COMMITS, unsettled"})
    void findsOutWhoBreaksAPromise(Vice vice, String kind, @TempDir Path folder)
            throws IOException, InterruptedException {
        Verdict verdict = run(vice, Plan.Disturbances.NONE, folder);

        assertThat(verdict.violations().stream().map(Violation::kind).collect(Collectors.toSet()))
                .as(verdict.toString())
                .containsExactly(kind);
    }

    private Verdict run(Vice vice, Plan.Disturbances disturbances, Path folder)
            throws IOException, InterruptedException {
        boolean calm = disturbances.equals(Plan.Disturbances.NONE);
        Plan plan = new Plan(
                1000,
                Duration.ofSeconds(calm ? 2 : 12),
                7,
                calm,
                2,
                12,
                6,
                Duration.ofSeconds(3),
                disturbances,
                Duration.ofSeconds(vice == Vice.FORGETS ? 2 : 60),
                Duration.ofSeconds(1),
                folder);
        Load load = new Load(plan.seed(), plan.models());
        try (Site site = new Site(folder, plan.partitions())) {
            Member.Starter starter = name -> new FakeMember(name, site.bootstrap(), load, vice);
            return new GuaranteeRun(plan, load, site, starter, what -> {}).run();
        }
    }
}
