package dev.remora.reply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.internals.CoordinatorKey;
import org.apache.kafka.clients.admin.internals.ListConsumerGroupOffsetsHandler;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.utils.internals.LogContext;
import org.junit.jupiter.api.Test;

class AdminBrokersTest {
    private static final TopicPartition LED = new TopicPartition("invocations", 0);
    private static final TopicPartition LEADERLESS = new TopicPartition("invocations", 1);
    private static final Uuid TOPIC = Uuid.randomUuid();
    private static final Runs SETTLED = new Runs(new long[] {12}, new long[] {14});

    @Test
    void aPartitionWithoutALeaderDoesNotKeepOthersWaiting() throws Exception {
        var asked = new ListOffsetsResult(Map.of(
                LED,
                KafkaFuture.completedFuture(new ListOffsetsResultInfo(7, 0, Optional.empty())),
                LEADERLESS,
                failed(new TimeoutException("no leader"))));

        var earliest = AdminBrokers.earliest(asked, List.of(LED, LEADERLESS)).toCompletableFuture();

        assertThat(earliest.get(60, TimeUnit.SECONDS)).isEqualTo(Map.of(LED, 7L));
    }

    @Test
    void aCommitInDoubtKeepsNoOtherPartitionWaitingAndDoesNotLetItsOwnStartFromTheBeginning() {
        TopicPartition inDoubt = new TopicPartition("invocations", 2);
        TopicPartition neverCommitted = new TopicPartition("invocations", 3);
        var answer = new OffsetFetchResponseData.OffsetFetchResponseGroup()
                .setGroupId("e")
                .setTopics(List.of(new OffsetFetchResponseData.OffsetFetchResponseTopics()
                        .setName("invocations")
                        .setPartitions(List.of(
                                answer(LED, Errors.NONE, 10),
                                answer(inDoubt, Errors.UNSTABLE_OFFSET_COMMIT, -1),
                                answer(neverCommitted, Errors.NONE, -1)))));

        var points = AdminBrokers.startPoints(
                committed(answer), Map.of(LED, 0L, inDoubt, 4L, neverCommitted, 5L), Map.of("invocations", TOPIC));

        assertThat(points.values())
                .extracting(StartPoint::partition, StartPoint::position)
                .containsExactlyInAnyOrder(tuple(LED, 10L), tuple(neverCommitted, 5L));
    }

    @Test
    void aRightThatIsMissingIsSaid() {
        var asked = new ListOffsetsResult(Map.of(LED, failed(new TopicAuthorizationException("invocations"))));

        var earliest = AdminBrokers.earliest(asked, List.of(LED)).toCompletableFuture();

        assertThat(earliest)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(TopicAuthorizationException.class);
    }

    @Test
    void whoHasNeitherACommitNorAnEarliestOffsetDoesNotStart() {
        assertThat(AdminBrokers.startPoint(LED, TOPIC, null, null)).isEmpty();
    }

    @Test
    void aCommitIsEnoughToStartFrom() {
        var start = AdminBrokers.startPoint(LED, TOPIC, commit(TOPIC), null).orElseThrow();

        assertThat(start.position()).isEqualTo(10);
        assertThat(start.settled(12)).isTrue();
        assertThat(start.committedChars()).isEqualTo(commit(TOPIC).metadata().length());
    }

    @Test
    void theCommitOfADeletedTopicOfTheSameNameSaysNothingOfTheNewOne() {
        OffsetAndMetadata old = commit(Uuid.randomUuid());

        var start = AdminBrokers.startPoint(LED, TOPIC, old, 0L).orElseThrow();

        assertThat(start.position()).isZero();
        assertThat(start.settled(12)).isFalse();
        assertThat(AdminBrokers.startPoint(LED, TOPIC, old, null)).isEmpty();
    }

    @Test
    void aCommitWhoseTopicIsNotKnownIsKept() {
        assertThat(AdminBrokers.startPoint(LED, TOPIC, commit(Uuid.ZERO_UUID), 0L)
                        .orElseThrow()
                        .position())
                .isEqualTo(10);
        assertThat(AdminBrokers.startPoint(LED, Uuid.ZERO_UUID, commit(TOPIC), 0L)
                        .orElseThrow()
                        .position())
                .isEqualTo(10);
        assertThat(AdminBrokers.startPoint(LED, TOPIC, new OffsetAndMetadata(10), 0L)
                        .orElseThrow()
                        .position())
                .isEqualTo(10);
    }

    private static OffsetFetchResponseData.OffsetFetchResponsePartitions answer(
            TopicPartition partition, Errors error, long committed) {
        return new OffsetFetchResponseData.OffsetFetchResponsePartitions()
                .setPartitionIndex(partition.partition())
                .setErrorCode(error.code())
                .setCommittedOffset(committed)
                .setMetadata("");
    }

    /** What Kafka's own admin client makes of a broker's answer. */
    private static Map<TopicPartition, OffsetAndMetadata> committed(
            OffsetFetchResponseData.OffsetFetchResponseGroup answer) {
        CoordinatorKey group = CoordinatorKey.byGroupId(answer.groupId());
        var handler = new ListConsumerGroupOffsetsHandler(
                Map.of(answer.groupId(), new ListConsumerGroupOffsetsSpec()), true, new LogContext());
        var response = new OffsetFetchResponse.Builder(answer).build(ApiKeys.OFFSET_FETCH.latestVersion());
        return Objects.requireNonNull(handler.handleResponse(Node.noNode(), Set.of(group), response)
                .completedKeys
                .get(group));
    }

    private static OffsetAndMetadata commit(Uuid topic) {
        return new OffsetAndMetadata(
                10, new ProgressMetadata(topic, "another-instance", SETTLED).encode(10, MetadataLimit.MOST_BYTES));
    }

    private static <T> KafkaFuture<T> failed(Exception failure) {
        var future = new KafkaFutureImpl<T>();
        future.completeExceptionally(failure);
        return future;
    }
}
