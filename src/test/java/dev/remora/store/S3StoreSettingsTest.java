package dev.remora.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class S3StoreSettingsTest {
    @Test
    void settingsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> new S3StoreSettings("b", "prefix", null, null, false, "auto"))
                .hasMessageContaining("end in '/'");
        assertThatThrownBy(() -> new S3StoreSettings("", "", null, null, false, "auto"))
                .hasMessageContaining("bucket");
    }
}
