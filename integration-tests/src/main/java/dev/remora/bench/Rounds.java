package dev.remora.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures contenders in rounds, each round in another order, so that what drifts does not favour one of them. */
final class Rounds {
    private Rounds() {}

    /** One measurement of a contender. */
    interface Measurement<K, T> {
        T of(K contender) throws Exception;
    }

    /** The measurements of each contender, round by round. */
    static <K, T> Map<K, List<T>> interleaved(int rounds, List<K> contenders, Measurement<K, T> measurement)
            throws Exception {
        Map<K, List<T>> all = new LinkedHashMap<>();
        contenders.forEach(contender -> all.put(contender, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int place = 0; place < contenders.size(); place++) {
                K contender = contenders.get((round + place) % contenders.size());
                List<T> measured = all.get(contender);
                if (measured != null) {
                    measured.add(measurement.of(contender));
                }
            }
        }
        return all;
    }
}
