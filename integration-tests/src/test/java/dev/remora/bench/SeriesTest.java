package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SeriesTest {
    @Test
    void medianOfAnOddNumberOfRoundsIsTheMiddleOne() {
        Series rounds = new Series(List.of(9.0, 1.0, 2.0));

        assertThat(rounds.median()).isEqualTo(2);
        assertThat(rounds.least()).isEqualTo(1);
        assertThat(rounds.most()).isEqualTo(9);
    }

    @Test
    void medianOfAnEvenNumberOfRoundsLiesBetweenTheTwoInTheMiddle() {
        assertThat(new Series(List.of(4.0, 1.0, 2.0, 100.0)).median()).isEqualTo(3);
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        Series ratio = Series.ratio(List.of(2.0, 30.0), List.of(1.0, 10.0), value -> value);

        assertThat(ratio.values()).containsExactly(2.0, 3.0);
    }

    @Test
    void noRoundIsNoFigure() {
        assertThatThrownBy(() -> new Series(List.of()).median()).hasMessageContaining("No round");
    }

    @Test
    void eachRoundBeginsWithAnotherContender() throws Exception {
        StringBuilder order = new StringBuilder();

        Map<String, List<Integer>> all = Rounds.interleaved(3, List.of("a", "b"), contender -> {
            order.append(contender);
            return order.length();
        });

        assertThat(order).hasToString("abbaab");
        assertThat(all).containsEntry("a", List.of(1, 4, 5)).containsEntry("b", List.of(2, 3, 6));
    }
}
