package dev.remora.it.container;

import static dev.remora.it.container.Server.CONTAINER;
import static dev.remora.it.container.Server.DEPLOYMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.it.Await;
import dev.remora.it.Endpoint;
import dev.remora.it.Numbers;
import dev.remora.it.Reply;
import dev.remora.it.Requester;
import dev.remora.it.Stack;
import dev.remora.launcher.Metrics;
import dev.remora.launcher.TinyNet;
import dev.remora.plugin.config.ConfigKeys;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.pool.Demand;
import dev.remora.pool.EvictionPolicy;
import dev.remora.pool.ModelPool;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.store.ModelStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;
import org.eclipse.microprofile.metrics.Gauge;
import org.eclipse.microprofile.metrics.MetricID;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.annotation.RegistryScope;
import org.jboss.arquillian.container.test.api.ContainerController;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** The WAR in its container, looked at from inside it and, where it says so, as its clients see it. */
@ExtendWith(ArquillianExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BeansIT {
    private static final String ENDPOINT = "beansit";
    private static final String MODEL = "tiny.onnx";
    private static final long SEED = 7;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    // Of the test's JVM; in the container it stays null.
    private static @Nullable Server server;

    @ArquillianResource
    private ContainerController containers;

    @ArquillianResource
    private Deployer deployer;

    @Inject
    private BeanManager beans;

    @Inject
    private EndpointConfig config;

    @Inject
    private ModelPool pool;

    @Inject
    private ModelStore store;

    @Inject
    private EvictionPolicy policy;

    @Inject
    private InferenceRuntime runtime;

    @Inject
    @RegistryScope(scope = MetricRegistry.APPLICATION_SCOPE)
    private MetricRegistry registry;

    @Inject
    @Startup
    private Instance<HealthCheck> startup;

    @Inject
    @Readiness
    private Instance<HealthCheck> readiness;

    @Inject
    @Liveness
    private Instance<HealthCheck> liveness;

    @Deployment(name = DEPLOYMENT, managed = false)
    @TargetsContainer(CONTAINER)
    static WebArchive war() {
        return Archives.remora()
                .addClasses(BeansIT.class, Server.class, Await.class)
                .addAsLibraries(Archives.libraryOf(Assertions.class));
    }

    @Test
    @Order(0)
    @RunAsClient
    void startsAndIsReady() {
        Endpoint endpoint = Stack.endpoint(BeansIT.class);
        endpoint.upload(MODEL, TinyNet.of(SEED).onnx());

        server = Server.start(containers, deployer, endpoint, Map.of("remora.memory.max", "123MiB"));

        assertThat(endpoint.name()).isEqualTo(ENDPOINT);
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void offersItsPartsAsApplicationScopedBeans() {
        assertThat(scopeOf(ModelPool.class)).isEqualTo(ApplicationScoped.class);
        assertThat(scopeOf(ModelStore.class)).isEqualTo(ApplicationScoped.class);
        assertThat(scopeOf(EvictionPolicy.class)).isEqualTo(ApplicationScoped.class);
        assertThat(scopeOf(InferenceRuntime.class)).isEqualTo(ApplicationScoped.class);
        assertThat(runtime.id()).isEqualTo("onnx");
        assertThat(policy).isNotNull();
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void handsTheConfigurationToItsParts() {
        long budget = 123L << 20;

        assertThat(config.get(ConfigKeys.ENDPOINT)).isEqualTo(ENDPOINT);
        assertThat(config.get(ConfigKeys.MEMORY_MAX)).isEqualTo(budget);
        assertThat(pool.snapshot().memoryBudgetBytes()).isEqualTo(budget);
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void reachesTheStoreThroughTheInjectedBean() {
        store.check();

        assertThat(store.currentVersion(new ModelName(MODEL))).isNotBlank();
        assertThatThrownBy(() -> store.currentVersion(new ModelName("absent.onnx")))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND));
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void leasesAModelFromTheInjectedPool() throws Exception {
        ModelName model = new ModelName(MODEL);
        pool.prepare(new Demand(model)).toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);

        try (var lease = Objects.requireNonNull(pool.tryAcquire(model))) {
            assertThat(lease.version()).isEqualTo(store.currentVersion(model));
            assertThat(lease.model().signature().inputs())
                    .singleElement()
                    .satisfies(input -> assertThat(input.name()).isEqualTo("x"));
        }
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void registersItsMetrics() {
        MetricID budget = new MetricID("remora_memory_budget_bytes", new Tag("endpoint", ENDPOINT));

        Await.until("metrics", LIMIT, () -> registry.getGauge(budget) != null);

        Gauge<?> gauge = registry.getGauge(budget);
        assertThat(gauge.getValue().doubleValue()).isEqualTo(123 << 20);
        assertThat(registry.getNames()).contains("remora_replies_total", "remora_backlog_records");
    }

    @Test
    @OperateOnDeployment(DEPLOYMENT)
    void isHealthy() {
        assertUp("remora-started", startup);
        assertUp("remora-ready", readiness);
        assertUp("remora-live", liveness);
    }

    @Test
    @RunAsClient
    void answersEachKindOfHealthCheck() {
        for (String kind : new String[] {"started", "ready", "live"}) {
            var answer = running().get("/health/" + kind);

            assertThat(answer.statusCode()).as(kind).isEqualTo(200);
            assertThat(answer.body()).contains("\"remora-" + kind + "\"").doesNotContain("DOWN");
        }
    }

    @Test
    @RunAsClient
    void answersAModelAndCountsThat() {
        String json =
                "{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 4], \"data\": [1, 2, 3, 4]}]}";

        Reply reply = Requester.await(running().endpoint().requester().send(MODEL, json));

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        Numbers.assertClose(
                reply.text().replaceAll("^.*\"data\"", ""), TinyNet.of(SEED).answer(1, 2, 3, 4));
        Await.until("the reply is counted", LIMIT, () -> {
            Metrics metrics =
                    Metrics.parse(running().get("/metrics?scope=application").body());
            return metrics.value("remora_replies_total", "endpoint=" + ENDPOINT) >= 1;
        });
    }

    @Test
    @Order(Integer.MAX_VALUE)
    @RunAsClient
    void leavesItsGroupAtOnceWhenItIsStopped() throws Exception {
        assertThat(running().members()).hasSize(1);

        running().stop();

        assertThat(running().members()).isEmpty();
    }

    private static Server running() {
        return Objects.requireNonNull(server, "not started");
    }

    private Class<?> scopeOf(Class<?> type) {
        Bean<?> bean = Objects.requireNonNull(beans.resolve(beans.getBeans(type)));
        return bean.getScope();
    }

    private static void assertUp(String name, Instance<HealthCheck> checks) {
        assertThat(checks.stream().map(HealthCheck::call))
                .filteredOn(response -> response.getName().equals(name))
                .singleElement()
                .satisfies(response -> assertThat(response.getStatus())
                        .as(response.getData().toString())
                        .isEqualTo(HealthCheckResponse.Status.UP));
    }
}
