package dev.remora.protocol;

/** Sixteen-bit floating point: IEEE 754 binary16 (FP16) and the upper half of a float (BF16). */
final class SmallFloats {
    private SmallFloats() {}

    /** Rounds to the nearest, ties to even; what is too large becomes infinite. */
    static short toHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7FFF_FFFF;
        if (magnitude > 0x7F80_0000) {
            return (short) (sign | 0x7E00);
        }
        if (magnitude >= 0x477F_F000) { // 65,520: halfway to what would follow the largest
            return (short) (sign | 0x7C00);
        }
        if (magnitude >= 0x3880_0000) { // 2^-14: the smallest that is normal
            int rebiased = magnitude - (112 << 23);
            return (short) (sign | rebiased + 0xFFF + (rebiased >>> 13 & 1) >>> 13);
        }
        return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24f));
    }

    static float fromHalf(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1F;
        int fraction = half & 0x3FF;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int biased = exponent == 31 ? 255 : exponent + 112;
        return Float.intBitsToFloat(sign | biased << 23 | fraction << 13);
    }

    /** Rounds to the nearest, ties to even; what is too large becomes infinite. */
    static short toBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    static float fromBrain(short brain) {
        return Float.intBitsToFloat(brain << 16);
    }
}
