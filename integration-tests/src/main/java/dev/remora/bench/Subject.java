package dev.remora.bench;

/**
 * What load is put on: Remora or a baseline. Immutable.
 *
 * @param name for people
 * @param invocations topic of requests
 * @param replies topic of replies
 * @param pid of its process
 */
record Subject(String name, String invocations, String replies, long pid) {
    static Subject of(String name, String endpoint, long pid) {
        return new Subject(name, endpoint + ".invocations", endpoint + ".replies", pid);
    }
}
