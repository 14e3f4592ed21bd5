package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskRoomTest {
    private static final long BLOCK = ContentHash.BLOCK_BYTES;

    private final List<ModelSlot> slots = new ArrayList<>();
    /** Ten blocks that artifacts may take. */
    private final DiskTier disk = new DiskTier(11 * BLOCK, () -> slots, new PoolCounters(() -> 0), () -> 0);

    private ModelSlot slot(String name) {
        ModelSlot slot = new ModelSlot(new ModelName(name), false);
        slots.add(slot);
        return slot;
    }

    private void onDisk(String name, long blocks) {
        ModelSlot slot = slot(name);
        disk.found(slot, new DiskEntry(slot.name, "v1", Path.of(name), blocks * BLOCK, "sum"));
    }

    private Preparing claim(String name) {
        return new Preparing(slot(name), slots.size());
    }

    private List<OnDisk> promised(Preparing claim, long blocks) {
        List<OnDisk> unlinked = disk.promise(claim, blocks * BLOCK, 0);
        assertThat(unlinked).as("room for %s", claim.slot.name).isNotNull();
        return unlinked == null ? List.of() : unlinked;
    }

    @Test
    void roomIsThereOnlyOnceWhatLeavesForItIsDeleted() {
        onDisk("large", 9);
        DiskTier.Reservation first = new DiskTier.Reservation();
        DiskTier.Reservation second = new DiskTier.Reservation();

        List<OnDisk> leaving = promised(claim("first"), 3);
        List<OnDisk> nothing = promised(claim("second"), 6);

        assertThat(leaving).hasSize(1);
        assertThat(nothing).isEmpty();
        assertThat(disk.redeem(second, 6 * BLOCK)).isFalse();
        assertThat(disk.redeem(first, 3 * BLOCK)).isFalse();
        disk.deleted(leaving.get(0));
        assertThat(disk.redeem(second, 6 * BLOCK)).isTrue();
        assertThat(disk.redeem(first, 3 * BLOCK)).isTrue();
        assertThat(disk.occupied()).isEqualTo(9 * BLOCK);
    }

    @Test
    void nothingLeavesWhereItWouldNotSuffice() {
        onDisk("small", 2);
        DiskTier.Reservation held = new DiskTier.Reservation();
        promised(claim("other"), 5);
        assertThat(disk.redeem(held, 5 * BLOCK)).isTrue();

        assertThat(disk.promise(claim("wanting"), 6 * BLOCK, 0)).isNull();

        assertThat(disk.entries()).isEqualTo(1);
    }

    @Test
    void whatIsHandedOverTakesTheRoomOfOptimizedForms(@TempDir Path folder) throws IOException {
        onDisk("model", 2);
        ModelSlot model = slots.get(0);
        DiskEntry entry = Objects.requireNonNull(model.entry);
        Path written = Files.write(folder.resolve("written"), new byte[(int) (7 * BLOCK)]);
        DiskTier.Reservation room = new DiskTier.Reservation();
        assertThat(disk.tryReserve(room, 7 * BLOCK)).isTrue();
        assertThat(disk.add(model, entry, OptimizedFile.publish(written, folder, "key"), room))
                .isTrue();
        Preparing claim = claim("handed-over");
        claim.handedOver = true;

        assertThat(promised(claim, 5)).hasSize(1);

        assertThat(disk.entries()).isEqualTo(1);
        assertThat(entry.optimized).isNull();
    }

    @Test
    void whatIsNeededEarlierStays() {
        onDisk("early", 9);
        slots.get(0).demand.update(1, 1);
        Preparing claim = claim("late");
        claim.slot.demand.update(2, 1);

        assertThat(disk.promise(claim, 5 * BLOCK, 0)).isNull();

        slots.get(0).demand.update(3, 1);
        assertThat(disk.promise(claim, 5 * BLOCK, 0)).hasSize(1);
    }
}
