package dev.remora;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The directions between the packages of this module, and what it may stand on. */
class PackagesTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.remora");

    @Test
    void protocolStandsOnKafkaAndAJsonParserAlone() {
        classes()
                .that()
                .resideInAPackage("dev.remora.protocol")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.remora.protocol",
                        "java..",
                        "org.jspecify..",
                        "org.apache.kafka..",
                        "com.fasterxml.jackson.core..")
                .check(OURS);
    }

    @Test
    void clientStandsOnProtocolAndKafkaAlone() {
        classes()
                .that()
                .resideInAPackage("dev.remora.client")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.remora.client", "dev.remora.protocol", "java..", "org.jspecify..", "org.apache.kafka..")
                .check(OURS);
    }

    @Test
    void nothingThatEveryRequestPassesUsesPatternsOrFormats() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Tensor") // for its refusals
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex..")
                .orShould()
                .callMethod(String.class, "format", String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "formatted", Object[].class)
                .orShould()
                .callMethod(String.class, "split", String.class)
                .orShould()
                .callMethod(String.class, "split", String.class, int.class)
                .orShould()
                .callMethod(String.class, "matches", String.class)
                .orShould()
                .callMethod(String.class, "replaceAll", String.class, String.class)
                .orShould()
                .callMethod(String.class, "replaceFirst", String.class, String.class)
                .check(OURS);
    }

    @Test
    void clocksAndSettingsAreArgumentsExceptWhereAClientIsMade() {
        noClasses()
                .that()
                .doNotHaveSimpleName("RemoraClientBuilder")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .check(OURS);
    }
}
