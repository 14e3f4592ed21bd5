package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class PartitionProgressTest {
    private static final TopicPartition PARTITION = new TopicPartition("in", 3);
    private static final Uuid TOPIC = Uuid.randomUuid();
    private static final String WRITER = "one";

    @Property(tries = 300)
    void agreesWithANaiveModelInAnyOrderAndOverAnyNumberOfOwners(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int steps) {
        Random random = new Random(seed);
        long first = random.nextInt(3) == 0 ? 0 : random.nextInt(1_000_000);
        Naive naive = new Naive(first);
        StartPoint start = StartPoint.at(PARTITION, TOPIC, first);
        PartitionProgress progress = new PartitionProgress(start, WRITER, 1, new MetadataLimit());
        long position = first;

        for (int step = 0; step < steps; step++) {
            int dice = random.nextInt(10);
            if (dice < 3) {
                long[] offsets = naive.append(position, random);
                progress.seen(position, naive.end, offsets);
                position = naive.end;
            } else if (dice < 9 && !naive.open.isEmpty()) {
                long offset = naive.open.get(random.nextInt(naive.open.size()));
                if (offset < position) {
                    progress.settle(offset);
                    naive.settle(offset);
                }
            } else if (dice == 9) {
                start = handedOver(progress);
                progress = new PartitionProgress(start, WRITER, step, new MetadataLimit());
                position = start.position();
                assertThat(naive.openBetween(first, naive.end)).noneMatch(start::settled);
                progress.seen(position, naive.end, naive.recordsFrom(position));
                position = naive.end;
            }

            assertThat(progress.next()).isEqualTo(naive.lowestOpen());
        }

        StartPoint last = handedOver(progress);
        for (long offset : naive.records) {
            assertThat(last.settled(offset)).isEqualTo(naive.settled.contains(offset));
        }
    }

    @Test
    void aFirstOwnerStartsWithNothingSettled() {
        PartitionProgress progress = progress(7);

        assertThat(progress.next()).isEqualTo(7);
        assertThat(progress.settled(7)).isFalse();
        assertThat(progress.settled(6)).isTrue();
    }

    @Test
    void offsetsWithoutARecordAreSettledAndTakeNoRoom() {
        PartitionProgress progress = progress(0);
        int bare = progress.commit().metadata().length();

        progress.seen(0, 100, new long[] {0, 10, 50});

        assertThat(progress.next()).isZero();
        assertThat(progress.commit().metadata()).hasSize(bare);
        progress.settle(0);
        assertThat(progress.next()).isEqualTo(10);
        progress.settle(50);
        progress.settle(10);
        assertThat(progress.next()).isEqualTo(100);
    }

    @Test
    void offsetsThatTheLogHasDroppedAreSettled() {
        PartitionProgress progress = progress(5);

        progress.seen(20, 22, new long[] {20, 21});
        progress.settle(20);

        assertThat(progress.next()).isEqualTo(21);
    }

    @Test
    void settlingTwiceIsNoticed() {
        PartitionProgress progress = progress(0);
        progress.seen(0, 3, new long[] {0, 1, 2});

        assertThat(progress.settle(1)).isTrue();
        assertThat(progress.settle(1)).isFalse();
        assertThat(progress.settle(0)).isTrue();
        assertThat(progress.settle(0)).isFalse();
    }

    @Test
    void aFloodOfGapsIsNoticedBeforeItsMetadataGrowsTooLong() {
        PartitionProgress progress = progress(0);
        int records = 20_000;
        progress.seen(0, records, offsets(records));

        int fullAt = -1;
        int noRoomAt = -1;
        for (int offset = 1; offset < records && noRoomAt < 0; offset += 2) {
            progress.settle(offset);
            fullAt = fullAt < 0 && progress.full() ? offset : fullAt;
            noRoomAt = progress.roomFor(1) ? -1 : offset;
            assertThat(progress.commit().metadata()).hasSizeLessThanOrEqualTo(ProgressMetadata.MAX_CHARS);
        }

        assertThat(fullAt).isPositive().isLessThan(noRoomAt);
        StartPoint next = handedOver(progress);
        for (int offset = 1; offset <= noRoomAt; offset += 2) {
            assertThat(next.settled(offset)).isTrue();
        }
        progress.settle(0);
        for (int offset = 2; offset < noRoomAt; offset += 2) {
            progress.settle(offset);
        }
        assertThat(progress.full()).isFalse();
        assertThat(progress.roomFor(1)).isTrue();
    }

    @Test
    void whatWasTurnedAwayKeepsNothingBackOnceThereIsRoomAgain() {
        PartitionProgress progress = progress(0);
        progress.seen(0, 20, offsets(20));

        progress.turnAway(10);

        assertThat(progress.full()).isFalse();
    }

    @Test
    void whatDoesNotFitIsLeftOutFromTheFarEnd() {
        PartitionProgress progress = progress(0);
        int records = 20_000;
        progress.seen(0, records, offsets(records));

        for (int offset = 1; offset < records; offset += 2) {
            progress.settle(offset);
        }

        OffsetAndMetadata commit = progress.commit();
        assertThat(commit.metadata()).hasSizeLessThanOrEqualTo(ProgressMetadata.MAX_CHARS);
        assertThat(handedOver(progress).settled(1)).isTrue();
        assertThat(handedOver(progress).settled(records - 1)).isFalse();
    }

    @Test
    void metadataOfAnotherVersionOrOfSomebodyElseIsIgnored() {
        String ours = progress(0).commit().metadata();

        assertThat(ProgressMetadata.decode(0, ours)).isPresent();
        assertThat(ProgressMetadata.decode(0, "Ag" + ours.substring(2))).isEmpty();
        assertThat(ProgressMetadata.decode(0, "")).isEmpty();
        assertThat(ProgressMetadata.decode(0, "not base64!")).isEmpty();
        assertThat(ProgressMetadata.decode(0, ours.substring(0, 9))).isEmpty();
        assertThat(ProgressMetadata.decode(0, "A".repeat(5_000))).isEmpty();
    }

    @Test
    void metadataNamesTopicAndWriter() {
        ProgressMetadata metadata =
                ProgressMetadata.decode(0, progress(0).commit().metadata()).orElseThrow();

        assertThat(metadata.topicId()).isEqualTo(TOPIC);
        assertThat(metadata.writer()).isEqualTo(WRITER);
    }

    private static PartitionProgress progress(long position) {
        return new PartitionProgress(StartPoint.at(PARTITION, TOPIC, position), WRITER, 1, new MetadataLimit());
    }

    private static StartPoint handedOver(PartitionProgress progress) {
        OffsetAndMetadata commit = progress.commit();
        ProgressMetadata metadata =
                ProgressMetadata.decode(commit.offset(), commit.metadata()).orElseThrow();
        return new StartPoint(
                PARTITION,
                TOPIC,
                commit.offset(),
                metadata.settled(),
                commit.metadata().length());
    }

    private static long[] offsets(int count) {
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = i;
        }
        return offsets;
    }

    /** What progress means, in the plainest way. */
    private static final class Naive {
        private final Set<Long> records = new HashSet<>();
        private final Set<Long> settled = new HashSet<>();
        private final List<Long> open = new ArrayList<>();
        private long end;

        Naive(long first) {
            end = first;
        }

        long[] append(long from, Random random) {
            List<Long> offsets = new ArrayList<>();
            end = from + random.nextInt(40);
            for (long offset = from; offset < end; offset++) {
                if (random.nextInt(4) > 0) {
                    offsets.add(offset);
                }
            }
            records.addAll(offsets);
            open.addAll(offsets);
            return toArray(offsets);
        }

        void settle(long offset) {
            settled.add(offset);
            open.remove(offset);
        }

        long lowestOpen() {
            return open.stream().mapToLong(Long::longValue).min().orElse(end);
        }

        List<Long> openBetween(long from, long to) {
            return open.stream().filter(each -> each >= from && each < to).toList();
        }

        long[] recordsFrom(long position) {
            return toArray(
                    records.stream().filter(each -> each >= position).sorted().toList());
        }

        private static long[] toArray(List<Long> offsets) {
            return offsets.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
