package dev.remora.runtime;

import dev.remora.protocol.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Tensors of equal shape as one, joined along an axis, and one as the equal parts that it consists of. Copies bytes only. */
final class Rows {
    private Rows() {}

    /** Joins tensors of one name, type and shape in their order. */
    static Tensor join(List<Tensor> parts, int axis) {
        Tensor first = parts.get(0);
        long[] shape = first.shape();
        int blocks = blocks(shape, axis);
        List<ByteBuffer> data = parts.stream().map(Tensor::data).toList();
        int block = data.get(0).remaining() / blocks;
        ByteBuffer joined = ByteBuffer.allocate(data.get(0).remaining() * parts.size());
        for (int i = 0; i < blocks; i++) {
            for (ByteBuffer each : data) {
                joined.put(each.limit((i + 1) * block).position(i * block));
            }
        }
        shape[axis] *= parts.size();
        return Tensor.of(first.name(), first.type(), shape, joined.flip());
    }

    /** The parts in their order; the axis is a multiple of their number. Where nothing lies between a part's bytes, it is a view. */
    static List<Tensor> split(Tensor whole, int axis, int parts) {
        long[] shape = whole.shape();
        shape[axis] /= parts;
        int blocks = blocks(shape, axis);
        ByteBuffer data = whole.data();
        int block = blocks == 0 ? 0 : data.remaining() / blocks / parts;
        List<Tensor> split = new ArrayList<>(parts);
        for (int part = 0; part < parts; part++) {
            ByteBuffer own = blocks == 1 ? data.slice(part * block, block) : gather(data, part, parts, blocks, block);
            split.add(Tensor.of(whole.name(), whole.type(), shape, own.order(ByteOrder.LITTLE_ENDIAN)));
        }
        return split;
    }

    private static ByteBuffer gather(ByteBuffer data, int part, int parts, int blocks, int block) {
        ByteBuffer own = ByteBuffer.allocate(blocks * block);
        for (int i = 0; i < blocks; i++) {
            own.put(data.slice((i * parts + part) * block, block));
        }
        return own.flip();
    }

    /** How many pieces of a tensor lie apart once it is joined with others along this axis. */
    private static int blocks(long[] shape, int axis) {
        long blocks = 1;
        for (int i = 0; i < axis; i++) {
            blocks *= shape[i];
        }
        return Math.toIntExact(blocks);
    }
}
