package dev.remora.reply;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;

/** Knows the topics that the test tells it. */
final class FakeBrokers implements Brokers {
    final Map<String, TopicShape> shapes = new HashMap<>();
    Map<TopicPartition, StartPoint> points = Map.of();
    int asked;
    CompletableFuture<TopicShape> slow = new CompletableFuture<>();

    @Override
    public CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions) {
        asked++;
        return CompletableFuture.completedFuture(points);
    }

    @Override
    public CompletionStage<TopicShape> shape(String topic) {
        if (topic.equals("slow")) {
            return slow;
        }
        TopicShape shape = shapes.get(topic);
        return shape == null
                ? CompletableFuture.failedFuture(
                        new RemoraException(ErrorCode.BAD_REQUEST, "The reply topic '" + topic + "' does not exist."))
                : CompletableFuture.completedFuture(shape);
    }

    @Override
    public void close() {}
}
