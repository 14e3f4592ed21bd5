package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class WordPiecesTest {
    private final WordPieces pieces;

    WordPiecesTest() throws IOException {
        pieces = WordPieces.from("/all-minilm-l6-v2-q-tokenizer.json");
    }

    @Test
    void areTheIdsThatTheModelWasTrainedWith() {
        // As the reference tokenizer of bert-base-uncased, whose vocabulary this is.
        assertThat(pieces.ids("Hello, world!")).containsExactly(101, 7592, 1010, 2088, 999, 102);
    }

    @Test
    void splitAWordThatTheVocabularyDoesNotHave() {
        // em, ##bed, ##ding, ##s
        assertThat(pieces.ids("embeddings")).containsExactly(101, 7861, 8270, 4667, 2015, 102);
    }

    @Test
    void saySoWhenAWordCannotBeWritten() {
        assertThat(pieces.ids("\u16a0\u16a2")).containsExactly(101, 100, 102);
    }
}
