package dev.remora.plugin;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.remora");

    @Test
    void onlyThePluginKnowsJakartaAndMicroProfile() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.remora.plugin")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta..", "org.eclipse.microprofile..")
                .check(OURS);
    }

    @Test
    void nothingKnowsThePlugin() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.remora.plugin..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.remora.plugin..")
                .check(OURS);
    }

    @Test
    void theConfigurationKnowsNothingOfTheRestOfThePlugin() {
        noClasses()
                .that()
                .resideInAPackage("dev.remora.plugin.config")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.remora.plugin")
                .check(OURS);
    }
}
