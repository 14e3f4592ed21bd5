package dev.remora.intake;

import dev.remora.protocol.ModelName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives each model its share of the run threads' time. Guarded by the window's lock.
 *
 * <p>Start-time fair queueing. Each record is charged what runs of its model took of late, divided by the weight of its
 * priority: each class of priority weighs twice the one below. A model's next record starts where its last one's charge
 * ended, on a clock that shows how far the models that wait have come; who comes anew starts at that clock. So a model
 * can neither save up time while it is away nor fall behind: two that wait all the while, and take what they took of late, never
 * differ by more than one record of each, however many records they have and however slow they are.
 *
 * <p>A run thread keeps its model for a short while where more of it waits, since the first run of a model finds the
 * processor's caches full of another one and takes several times as long as the next. What it runs then is charged as
 * ever; only its order is not, so that with each run thread the difference may grow by one such turn.
 */
final class Turns implements Scheduler {
    private static final int ACCOUNTS = 10_000;

    /** How many that wait are looked at for one whose runs are short: those come first as a rule, being charged less. */
    private static final int LOOKS = 32;

    /** How long a run thread keeps its model, while nobody disturbs it: so much longer others wait for theirs. */
    static final long TURN_MICROS = 2_000;

    /** When it takes no more of it in any case: the model may be slower than it was, or the machine busier. */
    private static final long LONGEST_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(6);

    private static final Comparator<Turn> ORDER =
            Comparator.comparingLong(Turn::start).thenComparingLong(Turn::order);

    private final TreeSet<Turn> ready = new TreeSet<>(ORDER);
    private final Map<ModelQueue, Turn> turns = new HashMap<>();
    private final Map<ModelName, Account> accounts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ModelName, Account> eldest) {
            return size() > ACCOUNTS;
        }
    };
    private final Account typical = new Account(TimeUnit.MILLISECONDS.toNanos(10), Account.COST_MEMORY);
    private long clock;
    private long order;

    @Override
    public void ready(ModelQueue queue) {
        Account account = account(queue.model());
        Turn turn = new Turn(Math.max(clock, account.finish), order++, queue, account);
        turns.put(queue, turn);
        ready.add(turn);
    }

    @Override
    public void gone(ModelQueue queue) {
        Turn turn = turns.remove(queue);
        if (turn != null) {
            ready.remove(turn);
        }
    }

    @Override
    public @Nullable ModelQueue next(long mostMicros) {
        Turn turn = first(mostMicros);
        if (turn == null) {
            return null;
        }
        gone(turn.queue);
        clock = Math.max(clock, turn.start);
        charge(turn);
        return turn.queue;
    }

    private @Nullable Turn first(long mostMicros) {
        int looks = LOOKS;
        for (Turn each : ready) {
            if (mostMicros == Slots.ANY || costMicros(each.account) <= mostMicros) {
                return each;
            }
            if (--looks == 0) {
                break;
            }
        }
        return null;
    }

    @Override
    public boolean keeps(ModelQueue queue, int inRow, long heldNanos) {
        Turn turn = turns.get(queue);
        if (turn == null || heldNanos > LONGEST_TURN_NANOS) {
            return false;
        }
        long undisturbed = turn.account.leastMicros;
        if (undisturbed == 0 || (inRow + 1) * undisturbed > TURN_MICROS) {
            return false;
        }
        gone(queue);
        charge(turn);
        return true;
    }

    private void charge(Turn turn) {
        turn.account.finish =
                turn.start + (costMicros(turn.account) << (turn.queue.first().priority() - 1));
    }

    @Override
    public void ran(ModelName model, int records, long nanos, boolean whole) {
        Account account = account(model);
        account.ran(nanos, whole);
        account.runs += records - 1;
        typical.learn(nanos);
    }

    @Override
    public void runsTogether(ModelName model, int records) {
        account(model).together = records;
    }

    @Override
    public int together(ModelName model) {
        return account(model).together;
    }

    @Override
    public long runs(ModelName model) {
        return account(model).runs;
    }

    @Override
    public long costMicros(ModelName model) {
        return costMicros(account(model));
    }

    private long costMicros(Account account) {
        return account.costNanos > 0 ? account.costMicros() : typical.costMicros();
    }

    @Override
    public long typicalMicros() {
        return typical.costMicros();
    }

    private Account account(ModelName model) {
        return accounts.computeIfAbsent(model, each -> new Account(0, 0));
    }

    private record Turn(long start, long order, ModelQueue queue, Account account) {}

    private static final class Account {
        /** Of what a run takes undisturbed: so slowly it rises, while one run is enough for it to fall. */
        private static final int LEAST_MEMORY = 16;

        /** Of what a run takes: one that was held up by others must not make its model look slow. */
        private static final int COST_MEMORY = 32;

        /** Where its last charge ended: microseconds of runs of the highest priority. */
        private long finish;

        /** What a run takes of late; 0 while it is not known. Finer than it is used, so that it falls as well as it rises. */
        private long costNanos;

        /**
         * The same of a run that has the processor to itself; on a busy machine the others say little of what a run needs.
         */
        private long leastMicros;

        private long runs;

        private int together = 1;

        Account(long costNanos, long runs) {
            this.costNanos = costNanos;
            this.runs = runs;
        }

        long costMicros() {
            return micros(costNanos);
        }

        private static long micros(long nanos) {
            return Math.max(1, TimeUnit.NANOSECONDS.toMicros(nanos));
        }

        void ran(long nanos, boolean whole) {
            if (whole) {
                long micros = micros(nanos);
                long most = leastMicros + Math.max(1, leastMicros / LEAST_MEMORY);
                leastMicros = leastMicros == 0 ? micros : Math.min(micros, most);
            }
            learn(nanos);
        }

        /** The mean of the last ones; of the first ones the latest counts most, since a model's first run takes longest. */
        void learn(long nanos) {
            runs++;
            long memory = Math.min(1 + runs / 2, COST_MEMORY);
            costNanos = costNanos == 0 ? nanos : costNanos + (nanos - costNanos) / memory;
        }
    }
}
