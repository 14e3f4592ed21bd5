package dev.remora.it.guarantee;

import dev.remora.it.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The members that are meant to run, and the ones that died unasked. Thread-safe. */
final class Fleet implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(8);

    private final Member.Starter starter;
    private final Narrator narrator;
    private final Map<String, Member> running = new ConcurrentSkipListMap<>();
    private final Map<String, Member> frozen = new ConcurrentSkipListMap<>();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final AtomicInteger starts = new AtomicInteger();

    Fleet(Member.Starter starter, Narrator narrator) {
        this.starter = starter;
        this.narrator = narrator;
    }

    /** Starts a member, without waiting. */
    void start(String name) throws IOException {
        running.put(name, starter.start(name));
        starts.incrementAndGet();
    }

    /** Blocks until this member is ready; one that dies unasked meanwhile is noted and started again. */
    void awaitReady(String name) {
        Await.until(name + " is ready", START, () -> {
            mend();
            Member member = running.get(name);
            return member != null && member.isReady();
        });
    }

    /** Blocks until all that are meant to run are ready. */
    void awaitAllReady() {
        List.copyOf(running.keySet()).forEach(this::awaitReady);
    }

    /** A ready member that is from now on not meant to run, and is yet to be killed or stopped. */
    Member take(SplittableRandom random) {
        List<Member> ready = new ArrayList<>();
        Await.until("a member is ready", START, () -> {
            mend();
            ready.clear();
            running.values().stream().filter(Member::isReady).forEach(ready::add);
            return !ready.isEmpty();
        });
        Member member = ready.get(random.nextInt(ready.size()));
        running.remove(member.name());
        return member;
    }

    /** This member, from now on not meant to run. */
    Optional<Member> take(String name) {
        return Optional.ofNullable(running.remove(name));
    }

    void freeze(Member member) throws IOException {
        frozen.put(member.name(), member);
        member.freeze();
    }

    void unfreeze(Member member) throws IOException {
        member.unfreeze();
        frozen.remove(member.name());
        running.put(member.name(), member);
    }

    /** Starts those again that died unasked, and notes it. */
    void mend() throws IOException {
        for (Member member : running.values()) {
            if (!member.isAlive() && running.remove(member.name(), member)) {
                deaths.add(member.name() + " died unasked; " + member.lastWords());
                narrator.say("!! " + member.name() + " died unasked; it is started again");
                start(member.name());
            }
        }
    }

    /** Those that are meant to run. */
    List<Member> running() {
        return List.copyOf(running.values());
    }

    /** Starts in all. */
    int starts() {
        return starts.get();
    }

    List<String> deaths() {
        return deaths;
    }

    /** In one line: names, those that are not ready in brackets. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        running.forEach((name, member) -> names.add(member.isReady() ? name : "(" + name + ")"));
        frozen.keySet().forEach(name -> names.add("(" + name + " frozen)"));
        return String.join(" ", names);
    }

    @Override
    public void close() {
        running.values().forEach(Member::kill);
        frozen.values().forEach(Member::kill);
    }
}
