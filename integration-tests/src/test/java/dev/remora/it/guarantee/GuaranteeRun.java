package dev.remora.it.guarantee;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One run: instances are started, the load goes on while they, the broker and the store are disturbed, then all replies are
 * awaited, and each promise is checked against what lies in the topics. Confined to one thread, but for what it starts.
 */
final class GuaranteeRun {
    private static final List<String> NAMES = List.of("alpha", "bravo", "charlie", "delta", "echo", "foxtrot");
    private static final Duration PROGRESS = Duration.ofSeconds(5);
    private static final Duration SAMPLE = Duration.ofSeconds(2);
    private static final Duration RECOVERY = Duration.ofMinutes(8);

    private final Plan plan;
    private final Load load;
    private final Site site;
    private final Fleet fleet;
    private final Sender sender;
    private final Narrator narrator;
    private final Takeovers takeovers = new Takeovers();
    private final Sightings live = new Sightings();
    private final HealthWatch health = new HealthWatch();
    private final Tally tally = new Tally();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile List<Lane> lanes = List.of();
    private final long begin = System.nanoTime();

    /** A run on this site with these members; both stay the caller's to close. */
    GuaranteeRun(Plan plan, Load load, Site site, Member.Starter starter, Narrator lines) {
        this.plan = plan;
        this.load = load;
        this.site = site;
        narrator =
                what -> lines.say(String.format(Locale.ROOT, "%7.1f s  %s", (System.nanoTime() - begin) / 1e9, what));
        fleet = new Fleet(starter, narrator);
        sender = new Sender(site.bootstrap(), Site.INVOCATIONS, load, plan.records(), pace());
    }

    /** Blocks until all is over; the verdict says what was done and what was not kept. */
    Verdict run() throws IOException, InterruptedException {
        try (fleet;
                sender;
                ReplyReader reader = new ReplyReader(site.bootstrap(), Site.REPLIES, this::seen)) {
            for (String name : NAMES.subList(0, plan.instances())) {
                fleet.start(name);
            }
            fleet.awaitAllReady();
            narrator.say("ready: " + fleet);
            lanes = List.of(lane("members", plan.mainLane(), 2), lane("store", plan.storeLane(), 3));
            sender.start();
            watch();
            fleet.awaitAllReady();
            awaitReplies();
            List<String> troubles = new ArrayList<>(fleet.deaths());
            lanes.forEach(lane -> troubles.addAll(lane.troubles()));
            return judge(troubles);
        } finally {
            over.countDown();
        }
    }

    private Pace pace() {
        return new Pace(
                plan.over(),
                () -> lanes.stream()
                        .map(Lane::outstanding)
                        .max(Duration::compareTo)
                        .orElse(Duration.ZERO),
                System::nanoTime);
    }

    private Lane lane(String name, List<Disturbance> disturbances, int salt) {
        SplittableRandom random = new SplittableRandom(plan.seed() + salt);
        Arena arena = new Arena(site, fleet, takeovers, random, plan.sessionTimeout(), tally, over);
        return new Lane(name, disturbances, arena, plan.over(), narrator);
    }

    private void seen(ConsumerRecord<byte[], byte[]> reply) {
        Sighting sighting = Sighting.of(reply, load);
        live.add(sighting);
        Place place = sender.place(Request.number(sighting.requestId()));
        if (place != null) {
            takeovers.seen(place.partition(), sighting);
        }
    }

    private void watch() throws IOException, InterruptedException {
        int disturbances = plan.mainLane().size() + plan.storeLane().size();
        long end = System.nanoTime()
                + plan.over().plus(RECOVERY.multipliedBy(disturbances)).toNanos();
        int turn = 0;
        while (!(sender.done() && lanes.stream().allMatch(Lane::isOver))) {
            if (System.nanoTime() > end) {
                narrator.say("!! the disturbances are not over long after their time");
                return;
            }
            turn(turn++);
        }
    }

    private void turn(int turn) throws IOException, InterruptedException {
        over.await(SAMPLE.toMillis(), TimeUnit.MILLISECONDS);
        fleet.mend();
        for (Member member : fleet.running()) {
            member.vitals().ifPresent(vitals -> health.sample(member.name(), vitals));
        }
        if (turn % (PROGRESS.toSeconds() / SAMPLE.toSeconds()) == 0) {
            narrator.say("sent %,d of %,d, answered %,d; %s"
                    .formatted(sender.acknowledged(), sender.records(), live.answered(), fleet));
        }
    }

    private void awaitReplies() throws IOException, InterruptedException {
        long end = System.nanoTime() + plan.drain().toNanos();
        int turn = 0;
        while (live.answered() < sender.acknowledged() && System.nanoTime() < end) {
            turn(turn++);
        }
        // A second reply would come now.
        over.await(plan.settle().toMillis(), TimeUnit.MILLISECONDS);
        narrator.say("answered %,d of %,d".formatted(live.answered(), sender.acknowledged()));
    }

    private Verdict judge(List<String> troubles) {
        for (Member member : fleet.running()) {
            member.vitals().ifPresent(vitals -> health.last(member.name(), vitals));
        }
        Audit audit = new Audit(site, load, sender);
        Evidence evidence = audit.evidence(live, health, troubles);
        List<Violation> violations = new ArrayList<>();
        for (ProcessingGuarantee guarantee : guarantees()) {
            List<Violation> broken = guarantee.violations(evidence);
            narrator.say((broken.isEmpty() ? "kept    " : "BROKEN  ") + guarantee.promise());
            violations.addAll(broken);
        }
        return new Verdict(plan, evidence, violations, takeovers.all(), tally, fleet.starts());
    }

    private List<ProcessingGuarantee> guarantees() {
        List<ProcessingGuarantee> all = new ArrayList<>(ReplyGuarantees.of(plan.exactlyOnce()));
        all.addAll(HealthGuarantees.all());
        return all;
    }
}
