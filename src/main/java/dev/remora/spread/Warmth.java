package dev.remora.spread;

import dev.remora.intake.Ownership;
import dev.remora.intake.Standing;
import dev.remora.pool.ModelPool;
import dev.remora.protocol.RouteTable;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * What the control thread does so that warm models stay warm when their partitions move. Immutable.
 *
 * @param table what the others say
 * @param follower keeps it current
 * @param chores what is to be done again and again
 */
record Warmth(ResidencyTable table, Follower follower, List<Chore> chores) {
    static Warmth of(
            SpreadSettings settings,
            Map<String, Object> producer,
            Supplier<Consumer<byte[], byte[]>> consumers,
            Parts parts,
            LongSupplier nanos) {
        ResidencyTable table = new ResidencyTable(nanos);
        Follower follower = new Follower(settings.residency(), consumers, table, nanos);
        ResidencyTopic topic = new ResidencyTopic(settings.residency(), () -> new KafkaProducer<>(producer));
        Chore announcer = new Announcer(settings, parts, table, topic, nanos);
        Chore takeover = new Takeover(settings, parts, table, follower::isCurrent);
        return new Warmth(table, follower, settings.handOver() ? List.of(takeover, announcer) : List.of(announcer));
    }

    /**
     * What of this instance it is about.
     *
     * @param ownership which partitions are here
     * @param standing how much the records of each hot model take of what this instance can do, and what waits
     * @param pool what is warm, and becomes so
     * @param routes where hot models are served
     * @param clock for the age of what the others say
     */
    record Parts(
            Supplier<Ownership> ownership,
            Supplier<Standing> standing,
            ModelPool pool,
            RouteTable routes,
            Clock clock) {}
}
