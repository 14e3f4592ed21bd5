package dev.remora.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;

/** Reads the values of headers, whose senders may have written anything. */
final class HeaderText {
    private static final int MAX_TOPIC_CHARS = 249;
    private static final int MAX_NUMBER_CHARS = 18;
    private static final int MAX_SHOWN_CHARS = 64;

    /** The largest number that is read. */
    static final long MAX_NUMBER = 999_999_999_999_999_999L;

    private HeaderText() {}

    static String text(Header header) {
        return new String(header.value(), StandardCharsets.UTF_8);
    }

    /** The whole number that the text is, or -1 when it is none, is negative or has more than 18 digits. */
    static long number(String text) {
        if (text.isEmpty() || text.length() > MAX_NUMBER_CHARS) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    /** Four bytes that are all digits are text: as an integer they would be a partition beyond 800 million. */
    static int partition(byte[] value) {
        long number = number(new String(value, StandardCharsets.UTF_8));
        if (number < 0 && value.length == Integer.BYTES) {
            return ByteBuffer.wrap(value).getInt();
        }
        return number > Integer.MAX_VALUE ? -1 : (int) number;
    }

    static boolean isTopic(String topic) {
        if (topic.isEmpty() || topic.length() > MAX_TOPIC_CHARS || topic.equals(".") || topic.equals("..")) {
            return false;
        }
        for (int i = 0; i < topic.length(); i++) {
            char c = topic.charAt(i);
            boolean legal = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '_'
                    || c == '-';
            if (!legal) {
                return false;
            }
        }
        return true;
    }

    /** Whether the text is {@code <topic>-<partition>-<offset>}. */
    static boolean isPlace(String text) {
        int offset = text.lastIndexOf('-');
        int partition = offset < 0 ? -1 : text.lastIndexOf('-', offset - 1);
        return partition > 0
                && isTopic(text.substring(0, partition))
                && number(text.substring(partition + 1, offset)) >= 0
                && number(text.substring(offset + 1)) >= 0;
    }

    static String shown(Header header) {
        StringBuilder shown = new StringBuilder();
        String text = text(header);
        for (int i = 0; i < Math.min(text.length(), MAX_SHOWN_CHARS); i++) {
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '\uFFFD' : c);
        }
        return text.length() > MAX_SHOWN_CHARS ? shown + "..." : shown.toString();
    }
}
