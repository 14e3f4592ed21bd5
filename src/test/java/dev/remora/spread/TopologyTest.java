package dev.remora.spread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TopologyTest {
    @Property
    void aRouteGrowsOverAsManyInstancesAsThereAreAndOverEachOnce(
            @ForAll @IntRange(min = 1, max = 60) int partitions,
            @ForAll @IntRange(min = 1, max = 9) int instances,
            @ForAll @IntRange(max = 1_000) int name) {
        Topology topology = new Topology(partitions, owners(partitions, instances));
        Route route = Route.home(new ModelName("m" + name + ".onnx"), partitions);

        for (OptionalInt next = topology.next(route); next.isPresent(); next = topology.next(route)) {
            route = route.widened(next.getAsInt());
        }

        Set<String> owners = new HashSet<>();
        route.partitions()
                .forEach(each ->
                        assertThat(owners.add(topology.owners().get(each))).isTrue());
        assertThat(owners).hasSize(Math.min(partitions, instances));
        assertThat(topology.distinct(route)).isEqualTo(route);
    }

    @Test
    void modelsThatShareAHomeSpreadToDifferentPartitions() {
        Topology topology = new Topology(24, owners(24, 3));
        Set<Integer> seconds = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Route route = Route.home(new ModelName("m" + i + ".onnx"), 24);
            if (route.home() == 5) {
                seconds.add(topology.next(route).orElseThrow());
            }
        }

        assertThat(seconds).hasSizeGreaterThan(3);
    }

    @Test
    void whoIsAloneHasNobodyToSpreadTo() {
        Topology topology = new Topology(24, owners(24, 1));

        assertThat(topology.next(Route.home(new ModelName("m.onnx"), 24))).isEmpty();
    }

    @Test
    void partitionsThatCameToOneInstanceAndSuchThatNobodyReadsLeaveTheRoute() {
        ModelName model = new ModelName("m.onnx");
        Route home = Route.home(model, 4);
        int a = (home.home() + 1) % 4;
        int b = (home.home() + 2) % 4;
        int c = (home.home() + 3) % 4;
        Topology topology = new Topology(4, Map.of(home.home(), "one", a, "one", b, "two"));

        assertThat(topology.distinct(home.widened(a).widened(b).widened(c))).isEqualTo(home.widened(b));
    }

    private static Map<Integer, String> owners(int partitions, int instances) {
        Map<Integer, String> owners = new HashMap<>();
        for (int i = 0; i < partitions; i++) {
            owners.put(i, "instance-" + i % instances);
        }
        return owners;
    }
}
