package dev.remora.plugin;

import dev.remora.plugin.config.ConfigReader;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.plugin.config.ThisMachine;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.DeploymentException;
import jakarta.enterprise.inject.spi.Extension;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration while the application is deployed: a mistake fails the deployment, where a later one would
 * leave half an application behind. Confined to the thread that deploys, until it is read.
 */
public class ConfigExtension implements Extension {
    private static final Logger log = LoggerFactory.getLogger(ConfigExtension.class);

    private @Nullable EndpointConfig config;

    void read(@Observes AfterDeploymentValidation validation) {
        var outcome = ConfigReader.read(MicroProfileSettings.collect(ConfigProvider.getConfig()), new ThisMachine());
        outcome.warnings().forEach(log::warn);
        outcome.config().ifPresent(read -> {
            config = read;
            log.info(read.describe());
        });
        if (outcome.config().isEmpty()) {
            log.error(outcome.report());
            // Payara prints a problem four times: the mistakes themselves stand once in the log.
            validation.addDeploymentProblem(new DeploymentException(outcome.summary()));
        }
    }

    /** What was read, once the deployment is valid. */
    EndpointConfig config() {
        if (config == null) {
            throw new IllegalStateException("The configuration is read when the deployment is validated.");
        }
        return config;
    }
}
