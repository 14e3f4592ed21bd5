package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.ReplySender.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Requests come, are answered in any order, and answered late; transactions are aborted, refused, fenced and of unknown
 * outcome; the partition goes to others and comes back, and its log begins anew. In the end each request has one reply.
 */
class ExactlyOneReplyTest {
    private static final TopicPartition IN = new TopicPartition("in", 0);

    @Property(tries = 400)
    void whateverHappensEachRequestHasOneVisibleReply(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 150) int steps) {
        World world = new World(new Random(seed));

        for (int i = 0; i < steps; i++) {
            world.step();
        }
        world.calmDown();

        assertThat(world.brokers.visible).doesNotHaveDuplicates();
        assertThat(world.brokers.log.values())
                .filteredOn(request -> !hopeless(request))
                .isSubsetOf(world.brokers.visible);
        assertThat(world.brokers.start().position()).isEqualTo(world.brokers.end);
        assertThat(world.sender.snapshot().pending()).isZero();
        assertThat(world.sender.snapshot().pendingBytes()).isZero();
        assertThat(world.sender.snapshot().trouble()).isEmpty();
    }

    private static boolean hopeless(String request) {
        return number(request) % 29 == 7;
    }

    private static boolean refused(ProducerRecord<byte[], byte[]> record) {
        String request = new String(record.key(), StandardCharsets.UTF_8);
        boolean out = record.topic().equals("out");
        boolean asMade = out && new String(record.value(), StandardCharsets.UTF_8).startsWith("reply");
        return hopeless(request) || (out && number(request) % 17 == 3) || (asMade && number(request) % 13 == 5);
    }

    private static int number(String request) {
        return Integer.parseInt(request.substring(request.indexOf('-') + 1));
    }

    /** A request that runs. */
    private record Running(long offset, long epoch, String request) {}

    private static final class World {
        final Random dice;
        final SimulatedBrokers brokers;
        final KafkaReplySender sender;
        private final List<Running> running = new ArrayList<>();
        private int logs;
        private long epoch;
        private long nanos;

        World(Random dice) {
            this.dice = dice;
            brokers = new SimulatedBrokers(IN, dice);
            brokers.hopeless = ExactlyOneReplyTest::hopeless;
            ReplySettings settings = new ReplySettings(
                    "e",
                    "e",
                    "i",
                    "in",
                    "out",
                    "dlq",
                    topic -> true,
                    Delivery.EXACTLY_ONCE,
                    1L << 40,
                    Duration.ofSeconds(1));
            MessageCodec codec = new MessageCodec("out", settings::permits, 60_000, 1_000);
            sender = new KafkaReplySender(
                    settings,
                    codec,
                    brokers,
                    index -> new SimulatedProducer(brokers, index, ExactlyOneReplyTest::refused),
                    1_000_000,
                    () -> nanos);
            takeOver();
        }

        void step() {
            switch (dice.nextInt(20)) {
                case 0, 1, 2, 3 -> append();
                case 4 -> elsewhere();
                case 5 -> anew();
                case 6, 7 -> turn(dice.nextInt(3_000));
                default -> complete(dice.nextInt(8));
            }
            if (dice.nextBoolean()) {
                turn(dice.nextInt(200));
            }
        }

        /** Nothing goes wrong any more, and all that runs ends. */
        void calmDown() {
            brokers.calm = true;
            complete(running.size());
            for (int i = 0; i < 5_000 && !over(); i++) {
                turn(1_000);
            }
        }

        private boolean over() {
            return sender.snapshot().pending() == 0
                    && brokers.start().position() == brokers.end
                    && sender.snapshot().trouble().isEmpty();
        }

        private void append() {
            long from = brokers.end;
            int offsets = 1 + dice.nextInt(12);
            for (long offset = from; offset < from + offsets; offset++) {
                if (dice.nextInt(4) > 0) {
                    brokers.log.put(offset, logs + "-" + offset);
                }
            }
            brokers.end = from + offsets;
            read(from, brokers.start());
        }

        /** Others own the partition for a while, and what they do not know of ends here meanwhile. */
        private void elsewhere() {
            sender.revoked(List.of(IN));
            brokers.generation++;
            brokers.fenceAll();
            for (long offset = 0; offset < brokers.end; offset++) {
                if (brokers.log.containsKey(offset) && dice.nextInt(6) == 0) {
                    brokers.answeredElsewhere(offset);
                }
            }
            complete(dice.nextInt(4));
            turn(dice.nextInt(2_000));
            brokers.generation++;
            takeOver();
        }

        private void anew() {
            sender.revoked(List.of(IN));
            brokers.recreate();
            logs++;
            takeOver();
        }

        private void takeOver() {
            sender.generation(new ConsumerGroupMetadata("e", brokers.generation, "member", Optional.of("i")));
            epoch++;
            StartPoint start = brokers.start();
            sender.assigned(start, epoch);
            read(start.position(), start);
        }

        private void read(long from, StartPoint start) {
            TreeMap<Long, String> records = new TreeMap<>(brokers.log);
            records.headMap(from).clear();
            long[] offsets =
                    records.keySet().stream().mapToLong(Long::longValue).toArray();
            sender.seen(new Span(IN, epoch, from, brokers.end, offsets));
            records.forEach((offset, request) -> {
                if (!start.settled(offset)) {
                    running.add(new Running(offset, epoch, request));
                }
            });
        }

        private void complete(int count) {
            for (int i = 0; i < count && !running.isEmpty(); i++) {
                Running done = running.remove(dice.nextInt(running.size()));
                byte[] key = done.request.getBytes(StandardCharsets.UTF_8);
                sender.succeed(
                        new Receipt(new ConsumerRecord<>("in", 0, done.offset, key, new byte[] {1}), done.epoch),
                        new ReplyContext(done.request, ReplyAddress.DEFAULT, List.of()),
                        ReplyHead.of("i"),
                        new EncodedBody("text/plain", -1, ("reply " + done.request).getBytes(StandardCharsets.UTF_8)));
            }
        }

        private void turn(long millis) {
            nanos += millis * 1_000_000;
            try {
                sender.loop().runOnce(0);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
