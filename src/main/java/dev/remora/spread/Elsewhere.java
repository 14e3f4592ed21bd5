package dev.remora.spread;

/**
 * What the other instances say of a spread model, some seconds ago. Immutable.
 *
 * @param demand what its records need there that come to them at first hand: 1 is all that one instance can do
 * @param highest the most that one of them says of that
 * @param waitingSeconds the most work that waits for it at one of them which cannot keep up
 */
record Elsewhere(double demand, double highest, double waitingSeconds) {
    /** Nobody says anything. */
    static final Elsewhere NONE = new Elsewhere(0, 0, 0);

    Elsewhere and(double oneDemand, double oneWaits) {
        return new Elsewhere(demand + oneDemand, Math.max(highest, oneDemand), Math.max(waitingSeconds, oneWaits));
    }
}
