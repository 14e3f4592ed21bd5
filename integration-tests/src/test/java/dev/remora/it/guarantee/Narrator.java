package dev.remora.it.guarantee;

/** Tells people what goes on. Thread-safe. */
interface Narrator {
    void say(String what);
}
