package dev.remora.store;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** What the store says an object's bytes are, compared with the bytes that came. Confined to one thread at a time. */
final class Integrity {
    private final String algorithm;
    private final @Nullable String expected;
    private final @Nullable Checksum checksum;
    private final @Nullable MessageDigest digest;

    private Integrity(
            String algorithm, @Nullable String expected, @Nullable Checksum checksum, @Nullable MessageDigest digest) {
        this.algorithm = algorithm;
        this.expected = expected;
        this.checksum = checksum;
        this.digest = digest;
    }

    /** The best that this answer offers; nothing but the length where it offers nothing. */
    static Integrity of(GetObjectResponse object) {
        if (whole(object.checksumSHA256())) {
            return new Integrity("SHA-256", object.checksumSHA256(), null, digest("SHA-256"));
        }
        if (whole(object.checksumCRC32C())) {
            return new Integrity("CRC32C", object.checksumCRC32C(), new CRC32C(), null);
        }
        if (whole(object.checksumCRC32())) {
            return new Integrity("CRC32", object.checksumCRC32(), new CRC32(), null);
        }
        if (whole(object.checksumSHA1())) {
            return new Integrity("SHA-1", object.checksumSHA1(), null, digest("SHA-1"));
        }
        String md5 = md5(object);
        return md5 == null ? new Integrity("none", null, null, null) : new Integrity("MD5", md5, null, digest("MD5"));
    }

    /** Whether the processor counts it many times as fast as bytes come. */
    boolean isQuick() {
        return digest == null;
    }

    /** Whether anything but the length can be checked. */
    boolean known() {
        return expected != null;
    }

    void update(byte[] bytes, int length) {
        if (checksum != null) {
            checksum.update(bytes, 0, length);
        } else if (digest != null) {
            digest.update(bytes, 0, length);
        }
    }

    /** What is wrong with the bytes, or null. */
    @Nullable
    String mismatch() {
        if (expected == null) {
            return null;
        }
        String actual = actual();
        return expected.equals(actual) ? null : algorithm + " should be " + expected + " and is " + actual;
    }

    private String actual() {
        if (checksum != null) {
            byte[] value =
                    ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array();
            return Base64.getEncoder().encodeToString(value);
        }
        byte[] value = digest == null ? new byte[0] : digest.digest();
        return algorithm.equals("MD5")
                ? HexFormat.of().formatHex(value)
                : Base64.getEncoder().encodeToString(value);
    }

    /** A composite checksum, of parts and not of bytes, ends in the number of parts. */
    private static boolean whole(@Nullable String value) {
        return value != null && !value.isEmpty() && value.indexOf('-') < 0;
    }

    private static @Nullable String md5(GetObjectResponse object) {
        ServerSideEncryption encryption = object.serverSideEncryption();
        boolean plain = encryption == null || encryption == ServerSideEncryption.AES256;
        String tag = object.eTag() == null ? "" : object.eTag().replace("\"", "");
        return plain && object.sseCustomerAlgorithm() == null && tag.matches("[0-9a-fA-F]{32}")
                ? tag.toLowerCase(Locale.ROOT)
                : null;
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has " + name, e);
        }
    }
}
