package dev.remora.it.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The short form of the soak: a few disturbances of each kind, in the order of a seed. */
class GuaranteeIT {
    private static final Path ROOT =
            Path.of(System.getProperty("remora.root", "..")).toAbsolutePath();
    private static final Path FOLDER = Path.of(System.getProperty("remora.it.folder", "target/stack"))
            .toAbsolutePath()
            .resolveSibling("guarantee");

    @Test
    void everyRequestHasItsReplyWhateverHappens() throws IOException, InterruptedException {
        Plan plan = new Plan(
                6_000,
                Duration.ofSeconds(100),
                Long.getLong("remora.guarantee.seed", 1),
                System.getProperty("remora.guarantee.delivery", "exactly-once").equals("exactly-once"),
                2,
                80,
                8,
                Duration.ofSeconds(6),
                new Plan.Disturbances(2, 1, 1, 0, 1, 1, 3),
                Duration.ofMinutes(3),
                Duration.ofSeconds(5),
                FOLDER);
        ScratchFolder.renew(plan.folder());
        Load load = new Load(plan.seed(), plan.models());

        try (Site site = new Site(plan.folder(), plan.partitions())) {
            PayaraStarter.upload(load, site);
            Member.Starter starter =
                    new PayaraStarter(ROOT, plan, site, Map.of("remora.kafka.consumer.session.timeout.ms", "6000"));
            Verdict verdict = new GuaranteeRun(plan, load, site, starter, System.out::println).run();
            Report.write(verdict, plan.folder().resolve("guarantee.json"));

            assertThat(verdict.violations()).as(verdict.toString()).isEmpty();
            assertThat(verdict.evidence().requested()).hasSize(plan.records());
            assertThat(verdict.tally().of(MemberDisturbances.KILLS)).isEqualTo(2);
        }
    }
}
