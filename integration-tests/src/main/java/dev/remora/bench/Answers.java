package dev.remora.bench;

import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** The replies of one run, each held against what it must be. The sender expects, one reader receives. */
final class Answers {
    private static final long ANSWERED = -1;

    private final Samples samples;
    private final Semaphore slots;
    private final String prefix;
    private final AtomicLongArray due;
    private final long[] nanos;
    private final long[] queueNanos;
    private final boolean paced;
    private final Map<String, Integer> tiers = new TreeMap<>();
    private final CountDownLatch complete = new CountDownLatch(1);
    private long steadyFrom;
    private long steadyTo;
    private long steady;
    private int answered;
    private int wrong;
    private int failed;
    private int doubled;
    private volatile int received;
    private volatile int expected = Integer.MAX_VALUE;
    private volatile boolean stopped;
    private @Nullable String trouble;

    /** @param paced whether there is time to ask each reply how long its request waited for its turn */
    Answers(Samples samples, Semaphore slots, String prefix, int capacity, boolean paced) {
        this.samples = samples;
        this.slots = slots;
        this.prefix = prefix;
        this.due = new AtomicLongArray(capacity);
        this.nanos = new long[capacity];
        this.queueNanos = new long[paced ? capacity : 0];
        this.paced = paced;
    }

    /** Before the reader starts. */
    void begin(long start, long end) {
        steadyFrom = start + (end - start) / 10;
        steadyTo = end;
    }

    void expect(int request, long dueNanos) {
        due.setRelease(request, dueNanos);
    }

    /** All is sent. */
    void sent(int count) {
        expected = count;
        if (received >= count) {
            complete.countDown();
        }
    }

    boolean await(Duration limit) throws InterruptedException {
        return complete.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop() {
        stopped = true;
    }

    boolean stopped() {
        return stopped;
    }

    void received(ConsumerRecord<byte[], byte[]> reply) {
        String id = text(reply.headers().lastHeader(Load.ID));
        if (!id.startsWith(prefix)) {
            return;
        }
        long now = System.nanoTime();
        int request = Integer.parseInt(id.substring(prefix.length()));
        long from = due.getAndSet(request, ANSWERED);
        if (from == ANSWERED) {
            doubled++;
            return;
        }
        slots.release();
        check(reply, request, now - from, now);
        int count = received + 1;
        received = count;
        if (count >= expected) {
            complete.countDown();
        }
    }

    private void check(ConsumerRecord<byte[], byte[]> reply, int request, long took, long now) {
        if (text(reply.headers().lastHeader("remora-status")).equals("error")) {
            failed++;
            note(new String(reply.value(), StandardCharsets.UTF_8));
            return;
        }
        if (!samples.isRight(request, reply)) {
            wrong++;
            note("a wrong value of " + reply.value().length + " bytes");
            return;
        }
        if (paced) {
            queueNanos[answered] = queued(reply);
        }
        nanos[answered++] = took;
        if (now >= steadyFrom && now < steadyTo) {
            steady++;
        }
        Header tier = reply.headers().lastHeader("remora-tier");
        if (tier != null) {
            tiers.merge(text(tier), 1, Integer::sum);
        }
    }

    private static long queued(ConsumerRecord<byte[], byte[]> reply) {
        Header timing = reply.headers().lastHeader("remora-timing");
        return timing == null ? 0 : Timing.parse(text(timing)).queueNanos();
    }

    private void note(String what) {
        if (trouble == null) {
            trouble = what;
        }
    }

    /** After the reader has ended. */
    Outcome outcome(int sent, boolean all) {
        if (!all) {
            note("no reply");
        }
        long[] sorted = sorted(nanos);
        return new Outcome(
                sent,
                answered,
                wrong,
                failed,
                doubled,
                sent - received,
                steady / ((steadyTo - steadyFrom) / 1e9),
                percentile(sorted, 0.5),
                percentile(sorted, 0.99),
                percentile(sorted, 1),
                paced ? percentile(sorted(queueNanos), 0.99) : 0,
                tiers.toString(),
                trouble == null ? "" : trouble);
    }

    private long[] sorted(long[] ofAll) {
        long[] sorted = Arrays.copyOf(ofAll, answered);
        Arrays.sort(sorted);
        return sorted;
    }

    private static double percentile(long[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(share * sorted.length) - 1;
        return sorted[Math.max(0, rank)] / 1e6;
    }

    private static String text(@Nullable Header header) {
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
