package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ActivityTest {
    private final Activity activity = new Activity();

    @Test
    void isAloneWhenNothingElseHappens() {
        activity.begin();
        activity.end();

        long ticket = activity.begin();

        assertThat(activity.wasAlone(ticket)).isTrue();
    }

    @Test
    void isNotAloneBesideWhatBeganBefore() {
        activity.begin();

        long ticket = activity.begin();
        activity.end();

        assertThat(activity.wasAlone(ticket)).isFalse();
    }

    @Test
    void isNotAloneBesideWhatCameAndWent() {
        long ticket = activity.begin();

        activity.begin();
        activity.end();

        assertThat(activity.wasAlone(ticket)).isFalse();
    }
}
