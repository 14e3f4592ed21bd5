package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.OptimizedForm;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this instance in two tiers, memory and disk, before the store. Thread-safe; no call blocks but
 * {@link #open}, {@link #awaitPins} and {@link #close}.
 *
 * <p>How new a model is: a version that was compared with the store less than {@code maxAge} ago is served; from half
 * that age on its use has it compared again beside; older than that it waits for the comparison. So an upload is seen
 * within {@code maxAge} plus its fetch and load, and a deletion within {@code maxAge}. What is in memory waits for the
 * store two and a half seconds at most, and not at all while the store is known to fail: then it is served as it is.
 *
 * <p>Threads: a few fetch from the store to the disk, one compares versions with the store; one loads from the disk to
 * memory and closes what was evicted; one sees that nobody waits for long for what is slow. One lock, under which things
 * are only decided.
 */
public final class TieredModelPool implements ModelPool {
    private static final Logger log = LoggerFactory.getLogger(TieredModelPool.class);
    /** A model that was used once is colder an hour later. */
    private static final double COLD = 0.02;

    private static final Duration CLOSES_END = Duration.ofSeconds(10);

    /** Whoever stopped asking us has waited for its runs already: what runs still does not end. */
    private static final Duration RUNS_END = Duration.ofSeconds(1);

    private static final Duration THREADS_END = Duration.ofSeconds(5);

    private final PoolState state;
    private final Preparations preparations;
    private final Housekeeping housekeeping;
    private final FetchThreads fetchThreads;
    private final DiskFolder folder;
    private final Verifier verifier;
    private final Thread loadThread;
    private final List<CompletionStage<Preparation>> pins = new ArrayList<>();

    private TieredModelPool(
            PoolState state,
            Preparations preparations,
            Housekeeping housekeeping,
            FetchThreads fetchThreads,
            DiskFolder folder,
            Verifier verifier,
            Thread loadThread) {
        this.state = state;
        this.preparations = preparations;
        this.housekeeping = housekeeping;
        this.fetchThreads = fetchThreads;
        this.folder = folder;
        this.verifier = verifier;
        this.loadThread = loadThread;
    }

    /**
     * Opens the pool: finds again what is on disk, starts the threads and begins to load what is pinned or preloaded.
     * Blocks on the disk, never on the store.
     *
     * @param runtimes asked in this order who accepts an artifact; they stay the caller's to close, as the store does
     * @param policy confined to this pool from now on
     * @param threads makes the pool's threads
     * @param nanoClock never goes back; its origin does not matter
     * @throws RemoraException {@link ErrorCode#UNAVAILABLE} when the disk cannot be used
     */
    public static TieredModelPool open(
            PoolSettings settings,
            ModelStore store,
            List<InferenceRuntime> runtimes,
            EvictionPolicy policy,
            ThreadFactory threads,
            LongSupplier nanoClock) {
        return open(
                settings,
                store,
                runtimes,
                policy,
                threads,
                nanoClock,
                folder -> Files.getFileStore(folder).getUsableSpace());
    }

    static TieredModelPool open(
            PoolSettings settings,
            ModelStore store,
            List<InferenceRuntime> runtimes,
            EvictionPolicy policy,
            ThreadFactory threads,
            LongSupplier nanoClock,
            DiskFolder.FreeSpace freeSpace) {
        try {
            DiskFolder folder = DiskFolder.open(settings.diskPath(), freeSpace);
            CrashMarks marks = CrashMarks.open(settings.diskPath());
            PoolState state = new PoolState(settings, marks, policy, nanoClock);
            Preparations preparations = new Preparations(state, folder);
            FetchOutcomes outcomes = new FetchOutcomes(state, preparations);
            FetchThreads fetchThreads = new FetchThreads(
                    state,
                    threads,
                    (compareOnly, mayTake) ->
                            new Fetcher(state, outcomes, preparations, store, folder, compareOnly, mayTake));
            Housekeeping housekeeping = new Housekeeping(state, preparations);
            Verifier verifier = new Verifier(folder, task -> PoolThreads.named(threads, task, "remora-verify"));
            List<InferenceRuntime> asked = List.copyOf(runtimes);
            LoadThread loads = new LoadThread(state, preparations, housekeeping, folder, verifier, asked);
            Thread loadThread = PoolThreads.named(threads, loads, "remora-load");
            TieredModelPool pool =
                    new TieredModelPool(state, preparations, housekeeping, fetchThreads, folder, verifier, loadThread);
            pool.start(asked);
            return pool;
        } catch (IOException e) {
            throw new RemoraException(
                    ErrorCode.UNAVAILABLE,
                    "The disk tier at " + settings.diskPath() + " cannot be opened: " + e,
                    "Let the instance read and write all that is below remora.disk.path, or set it to another folder.",
                    e);
        }
    }

    /** All threads or none: one that nobody knows of would go on with a folder that is another's by then. */
    private void start(List<InferenceRuntime> runtimes) throws IOException {
        try {
            find(runtimes);
            begin();
            fetchThreads.start();
            fetchThreads.begin(new Pulse(state, preparations, fetchThreads), "remora-pulse");
            loadThread.start();
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** What an earlier process left, the oldest of it deleted if the budget has become smaller. */
    private void find(List<InferenceRuntime> runtimes) throws IOException {
        Set<String> keys = runtimes.stream()
                .flatMap(runtime -> runtime.optimizedForm().stream())
                .map(OptimizedForm::key)
                .collect(Collectors.toSet());
        List<DiskEntry> found = folder.scan(state.settings.optimizes() ? keys : Set.of());
        state.locked(() -> {
            long excess = found.stream().mapToLong(DiskEntry::bytes).sum() - state.disk.usable();
            for (DiskEntry entry : found) {
                ModelSlot slot = state.slot(entry.model);
                state.disk.found(slot, entry);
                if (excess > 0) {
                    excess -= entry.bytes();
                    preparations.discard(slot, EvictionReason.CAPACITY);
                }
            }
        });
        log.info("{} models found on disk, {} bytes", state.disk.entries(), state.disk.occupied());
    }

    private void begin() {
        state.locked(() -> {
            for (ModelName pin : state.settings.pins()) {
                pins.add(preparations.prepare(state.slot(pin).demand, true));
            }
            state.settings.preload().forEach(name -> preparations.preload(state.slot(name)));
        });
    }

    /**
     * Waits until every pinned model is in memory or has failed once. Those that are missing, or that the store does not
     * give now, are tried again by themselves and said in the log.
     *
     * @param limit how long to wait; what is under way then goes on
     * @throws RemoraException {@link ErrorCode#MODEL_TOO_LARGE} when the pins do not fit into memory or onto the disk
     */
    public void awaitPins(Duration limit) {
        List<CompletableFuture<Preparation>> futures =
                pins.stream().map(CompletionStage::toCompletableFuture).toList();
        CompletableFuture<Void> all = CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
        all.completeOnTimeout(null, limit.toNanos(), TimeUnit.NANOSECONDS)
                .exceptionally(failure -> null)
                .join();
        for (CompletableFuture<Preparation> pin : futures) {
            if (pin.isCompletedExceptionally()) {
                judge(pin);
            }
        }
    }

    private static void judge(CompletableFuture<Preparation> pin) {
        try {
            pin.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RemoraException failure) {
                if (failure.code() == ErrorCode.MODEL_TOO_LARGE) {
                    throw new RemoraException(
                            failure.code(),
                            "The models of remora.pool.pin do not fit: " + failure.getMessage(),
                            failure.remedy());
                }
                log.warn("A pinned model is not there yet: {} {}", failure.getMessage(), failure.remedy());
            }
        }
    }

    @Override
    public @Nullable Lease tryAcquire(ModelName model) {
        state.lock.lock();
        try {
            ModelSlot slot = state.known(model);
            if (slot == null || slot.resident == null || state.closing) {
                return null;
            }
            long now = state.now();
            if (now >= slot.freshUntil) {
                return null;
            }
            return grant(slot, slot.resident, now);
        } finally {
            state.lock.unlock();
        }
    }

    private Lease grant(ModelSlot slot, Resident resident, long now) {
        resident.leases++;
        resident.lastUse = now;
        slot.lastUse = now;
        slot.uses++;
        if (resident.handedOverHeat > 0) {
            resident.handedOverHeat = 0;
            state.figures.handedOverUsed++;
        }
        state.policy.used(slot.name, now);
        state.figures.acquisitions++;
        if (now >= slot.revalidateAt && slot.preparing == null) {
            preparations.begin(slot, now);
        }
        return new PoolLease(this, resident);
    }

    void giveBack(Resident resident) {
        state.lock.lock();
        try {
            resident.leases--;
            resident.usedOnce = true;
            if (resident.unproven) {
                housekeeping.prove(resident);
                state.signal();
            }
            if (resident.leases == 0) {
                state.memory.closeIfUnused(resident);
                if (resident.leaving != null || state.closing || !state.preparing.isEmpty()) {
                    state.signal();
                }
            }
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public CompletionStage<Preparation> prepare(Demand demand) {
        return state.locked(() -> preparations.prepare(demand, false));
    }

    @Override
    public Prospect expect(ModelName model) {
        state.lock.lock();
        try {
            ModelSlot slot = state.slot(model);
            return new Prospect(slot.tier(), slot.demand);
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public @Nullable String storeTrouble(ModelName model) {
        return state.locked(() -> {
            ModelSlot slot = state.known(model);
            return slot == null || slot.preparing == null ? null : slot.preparing.trouble;
        });
    }

    @Override
    public List<WarmModel> warm() {
        List<WarmModel> warm = new ArrayList<>();
        state.locked(() -> {
            long now = state.now();
            for (ModelSlot slot : state.slots()) {
                String version = slot.warmVersion();
                double heat = version == null ? 0 : slot.heat(now);
                if (version != null && heat >= COLD) {
                    warm.add(new WarmModel(slot.name, version, heat));
                }
            }
        });
        warm.sort(Comparator.comparingDouble(WarmModel::heat).reversed());
        return warm;
    }

    @Override
    public void handOver(List<WarmModel> models) {
        if (state.settings.cache()) {
            state.locked(() -> preparations.handOvers().add(models));
        }
    }

    @Override
    public PoolSnapshot snapshot() {
        return state.locked(state::snapshot);
    }

    /** How many models are on their way into memory. */
    int onTheirWay() {
        return state.locked(state.preparing::size);
    }

    @Override
    public void close() {
        state.locked(() -> {
            state.closing = true;
            List.copyOf(state.preparing).stream()
                    .filter(way -> way.stage == Preparing.Stage.FETCH || way.stage == Preparing.Stage.LOAD)
                    .forEach(way -> preparations.fail(way, Preparations.closing()));
            List.copyOf(state.memory.residents()).forEach(each -> state.memory.evict(each, EvictionReason.IDLE));
            state.signal();
        });
        boolean empty = awaitEmpty();
        List<Thread> fetching = state.locked(() -> {
            state.stopped = true;
            state.signal();
            return fetchThreads.running();
        });
        fetching.forEach(Thread::interrupt);
        long deadline = state.now() + THREADS_END.toNanos();
        fetching.forEach(thread -> join(thread, deadline));
        join(loadThread, deadline);
        verifier.close();
        folder.close();
        state.marks.close();
        state.locked(() -> List.copyOf(state.preparing).forEach(way -> preparations.fail(way, Preparations.closing())));
        if (!empty) {
            log.warn("Models that are still running were not closed; the end of the process frees them");
        }
    }

    private boolean awaitEmpty() {
        return state.locked(() -> {
            long left = CLOSES_END.toNanos();
            while (!state.memory.empty() && !state.stopped) {
                long wait = state.memory.onlyRuns()
                        ? left - CLOSES_END.minus(RUNS_END).toNanos()
                        : left;
                if (wait <= 0) {
                    break;
                }
                left -= wait - state.await(wait);
            }
            return state.memory.empty();
        });
    }

    private void join(Thread thread, long deadline) {
        try {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - state.now())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
