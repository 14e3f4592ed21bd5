package dev.remora.launcher;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What an S3 server was asked for, by key, and which keys it is to refuse. Keys are {@code bucket/key}. Thread-safe.
 */
public final class S3Traffic {
    private final Map<String, AtomicLong> gets = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> heads = new ConcurrentHashMap<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    /** GETs of the object that were answered with its bytes or a range of them; a 304 or 404 does not count. */
    public long gets(String key) {
        return count(gets, key);
    }

    /** The same, of all objects whose key begins so. */
    public long getsBelow(String prefix) {
        return gets.entrySet().stream()
                .filter(e -> e.getKey().startsWith(prefix))
                .mapToLong(e -> e.getValue().get())
                .sum();
    }

    /** HEADs of the object, and GETs that were answered with no bytes. */
    public long heads(String key) {
        return count(heads, key);
    }

    /** From now on the object is there but may not be read: AccessDenied. */
    public void refuse(String key) {
        refused.add(key);
    }

    /** The object may be read again. */
    public void allow(String key) {
        refused.remove(key);
    }

    boolean refuses(String key) {
        return refused.contains(key);
    }

    void got(String key) {
        gets.computeIfAbsent(key, k -> new AtomicLong()).incrementAndGet();
    }

    void looked(String key) {
        heads.computeIfAbsent(key, k -> new AtomicLong()).incrementAndGet();
    }

    private static long count(Map<String, AtomicLong> counts, String key) {
        AtomicLong count = counts.get(key);
        return count == null ? 0 : count.get();
    }
}
