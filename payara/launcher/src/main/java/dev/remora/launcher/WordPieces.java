package dev.remora.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Turns plain English into the token ids that BERT-like models take: lower case, words and punctuation apart, the longest
 * pieces that the vocabulary has. Immutable.
 */
final class WordPieces {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+|[^\\p{L}\\p{N}\\s]");

    private final Map<String, Long> vocabulary;

    private WordPieces(Map<String, Long> vocabulary) {
        this.vocabulary = Map.copyOf(vocabulary);
    }

    /** With the vocabulary of a {@code tokenizer.json} on the class path. */
    static WordPieces from(String resource) throws IOException {
        try (InputStream in = WordPieces.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("Not on the class path: " + resource);
            }
            try (JsonParser json = new JsonFactory().createParser(in)) {
                return new WordPieces(vocabulary(json));
            }
        }
    }

    /** The ids of a sentence, between those of [CLS] and [SEP]. */
    long[] ids(String sentence) {
        List<Long> ids = new ArrayList<>();
        ids.add(id("[CLS]"));
        WORD.matcher(sentence.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .forEach(word -> addPieces(word, ids));
        ids.add(id("[SEP]"));
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    private void addPieces(String word, List<Long> ids) {
        int known = ids.size();
        int from = 0;
        while (from < word.length()) {
            int to = word.length();
            while (to > from && !vocabulary.containsKey(piece(word, from, to))) {
                to--;
            }
            if (to == from) {
                ids.subList(known, ids.size()).clear();
                ids.add(id("[UNK]"));
                return;
            }
            ids.add(id(piece(word, from, to)));
            from = to;
        }
    }

    private static String piece(String word, int from, int to) {
        return (from > 0 ? "##" : "") + word.substring(from, to);
    }

    private long id(String piece) {
        Long id = vocabulary.get(piece);
        if (id == null) {
            throw new IllegalArgumentException("Not in the vocabulary: " + piece);
        }
        return id;
    }

    private static Map<String, Long> vocabulary(JsonParser json) throws IOException {
        while (json.nextToken() != null) {
            if (json.currentToken() == JsonToken.FIELD_NAME && "vocab".equals(json.currentName())) {
                Map<String, Long> pieces = new HashMap<>();
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    pieces.put(json.currentName(), json.nextLongValue(-1));
                }
                return pieces;
            }
        }
        throw new IOException("No vocabulary in the tokenizer");
    }
}
