package dev.remora.reply;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Two producers whose transactions take turns: while the brokers still write the markers of one's last transaction, the
 * other begins the next. Confined to the reply thread.
 */
final class ProducerPair implements AutoCloseable {
    static final int SIZE = 2;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

    private final IntFunction<Producer<byte[], byte[]>> connect;
    private final List<@Nullable Producer<byte[], byte[]>> producers = new ArrayList<>(Collections.nCopies(SIZE, null));
    private final boolean[] initialised = new boolean[SIZE];
    private int turn;

    /** @param connect makes the first or the second one; may fail while the brokers' names do not resolve */
    ProducerPair(IntFunction<Producer<byte[], byte[]>> connect) {
        this.connect = connect;
    }

    /** The ids of an instance's producers. */
    static List<String> transactionalIds(String endpoint, String instance) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            ids.add(endpoint + "-" + instance + "-" + i);
        }
        return ids;
    }

    /**
     * Makes those that are missing. Ends what transactions their ids have open. Blocks on the brokers.
     *
     * @throws org.apache.kafka.common.KafkaException when that failed; to be called again
     */
    void prepare() {
        for (int i = 0; i < SIZE; i++) {
            Producer<byte[], byte[]> producer = producers.get(i);
            if (producer == null) {
                producer = connect.apply(i);
                producers.set(i, producer);
            }
            if (!initialised[i]) {
                initialise(producer, i);
            }
        }
    }

    /** The one whose turn it is. */
    Producer<byte[], byte[]> next() {
        turn = (turn + 1) % SIZE;
        Producer<byte[], byte[]> producer = producers.get(turn);
        if (producer == null || !initialised[turn]) {
            throw new IllegalStateException("not prepared");
        }
        return producer;
    }

    /** Has this one made anew: the next {@link #prepare} takes its id over. */
    void replace(Producer<byte[], byte[]> lost) {
        int index = producers.indexOf(lost);
        if (index >= 0) {
            producers.set(index, null);
            initialised[index] = false;
            lost.close(Duration.ZERO);
        }
    }

    @Override
    public void close() {
        for (Producer<byte[], byte[]> each : producers) {
            if (each != null) {
                each.close(CLOSE_LIMIT);
            }
        }
    }

    private void initialise(Producer<byte[], byte[]> producer, int index) {
        try {
            producer.initTransactions();
            initialised[index] = true;
        } catch (TimeoutException e) {
            throw e;
        } catch (RuntimeException e) {
            replace(producer);
            throw e;
        }
    }
}
