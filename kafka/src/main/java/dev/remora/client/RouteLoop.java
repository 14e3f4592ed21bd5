package dev.remora.client;

import dev.remora.protocol.CompactedTopic;
import dev.remora.protocol.RouteTable;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads the routes of hot models. Where they cannot be read, that is said once, and requests go to their models' homes,
 * which is all that other clients do. Confined to its thread, but for {@link #stop}, which any thread may call.
 */
final class RouteLoop implements Runnable {
    private static final System.Logger LOG = System.getLogger(RouteLoop.class.getName());
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long AGAIN_SECONDS = 10;

    private final String topic;
    private final CompactedTopic reader;
    private final RouteTable routes = new RouteTable();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private boolean said;

    RouteLoop(String topic, Supplier<Consumer<byte[], byte[]>> connect) {
        this.topic = topic;
        this.reader = new CompactedTopic(connect, topic, routes);
    }

    /** What was read so far. Any thread. */
    RouteTable routes() {
        return routes;
    }

    @Override
    public void run() {
        try {
            while (stopped.getCount() > 0) {
                if (!runOnce()) {
                    stopped.await(AGAIN_SECONDS, TimeUnit.SECONDS);
                }
            }
        } catch (WakeupException | InterruptException | InterruptedException e) {
            // it was stopped
        } finally {
            reader.close();
        }
    }

    /** One turn; false when the routes cannot be read now. */
    boolean runOnce() {
        try {
            reader.poll(POLL);
            if (reader.isThere()) {
                said = false;
                return true;
            }
            say("it does not exist");
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            say(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
        return false;
    }

    private void say(String reason) {
        if (!said) {
            said = true;
            LOG.log(
                    System.Logger.Level.INFO,
                    "The routes of hot models cannot be read from " + topic + " (" + reason
                            + "): their requests go to one partition each, and the endpoint spreads them. To send them"
                            + " where they are served, grant Read and Describe on this topic.");
        }
    }

    /** Ends the loop, which closes the consumer. Does not wait. */
    void stop() {
        stopped.countDown();
        reader.wakeup();
    }
}
