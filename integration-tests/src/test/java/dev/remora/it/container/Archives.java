package dev.remora.it.container;

import dev.remora.it.Stack;
import java.io.File;
import java.net.URISyntaxException;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** What is deployed. */
final class Archives {
    private Archives() {}

    /** The WAR as it was built. */
    static WebArchive remora() {
        return ShrinkWrap.create(ZipImporter.class, "remora.war")
                .importFrom(war())
                .as(WebArchive.class);
    }

    /** Its file. */
    static File war() {
        return Stack.ROOT.resolve("payara/target/remora.war").toFile();
    }

    /** The jar, or the folder of classes, that a class of the test's class path comes from. */
    static File libraryOf(Class<?> type) {
        try {
            return new File(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
