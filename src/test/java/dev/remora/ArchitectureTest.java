package dev.remora;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between packages, and who may use which library and which clock. */
class ArchitectureTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.remora");

    @Test
    void packagesPointOnlyWhereTheDesignSays() {
        mayUse("protocol");
        mayUse("client", "protocol");
        mayUse("store", "protocol");
        mayUse("runtime", "protocol");
        mayUse("pool", "protocol", "store", "runtime");
        mayUse("reply", "protocol");
        mayUse("intake", "protocol", "pool", "runtime", "reply");
        mayUse("spread", "protocol", "intake", "pool", "reply");
    }

    @Test
    void packagesHaveNoCycle() {
        slices().matching("dev.remora.(*)..").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void eachLibraryHasItsPlace() {
        onlyIn("software.amazon..", "store");
        onlyIn("ai.onnxruntime..", "runtime");
        onlyIn("com.sun.jna..", "runtime");
        onlyIn("org.apache.commons.compress..", "pool");
        onlyIn("org.apache.kafka..", "intake", "spread", "reply", "protocol", "client");
        onlyIn("jakarta..");
        onlyIn("org.eclipse.microprofile..");
    }

    @Test
    void nobodyReadsTheClockTheEnvironmentOrTheSystemProperties() {
        noClasses()
                .should()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperties")
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class, String.class)
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(OffsetDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(Clock.class, "systemDefaultZone")
                .because("only the composition root knows them; elsewhere they are arguments")
                .check(OURS.that(not(resideInAPackage("dev.remora.client.."))));
    }

    @Test
    void nothingPrintsPastTheLog() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(OURS);
    }

    private static void mayUse(String from, String... others) {
        List<String> allowed = new ArrayList<>(List.of("dev.remora." + from + ".."));
        for (String other : others) {
            allowed.add("dev.remora." + other + "..");
        }
        classes()
                .that()
                .resideInAPackage("dev.remora." + from + "..")
                .should()
                .onlyDependOnClassesThat(
                        not(resideInAPackage("dev.remora..")).or(resideInAnyPackage(allowed.toArray(String[]::new))))
                .allowEmptyShould(true)
                .check(OURS);
    }

    private static void onlyIn(String library, String... packages) {
        List<String> places = new ArrayList<>(List.of("dev.remora.nowhere.."));
        for (String place : packages) {
            places.add("dev.remora." + place + "..");
        }
        noClasses()
                .that()
                .resideOutsideOfPackages(places.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(OURS);
    }
}
