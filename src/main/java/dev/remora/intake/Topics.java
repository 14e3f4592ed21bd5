package dev.remora.intake;

import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics that the endpoint stands on: made where they are missing and we may, checked where they are there. Works on
 * a thread of its own until they are; brokers that are away are waited for. Thread-safe.
 */
public final class Topics implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);
    private static final long AGAIN_MILLIS = 2_000;
    private static final long RECHECK_MILLIS = 10_000;
    private static final long CALL_SECONDS = 20;
    private static final String WITHOUT_TABLES =
            "Requests are served, but hot models do not spread and instances begin" + " cold. ";

    private final TopicSettings settings;
    private final String bootstrap;
    private final Supplier<Admin> connect;
    private final Trouble trouble;
    private final Trouble hints;
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile @Nullable Thread thread;

    Topics(TopicSettings settings, String bootstrap, Supplier<Admin> connect, LongSupplier nanos) {
        this.settings = settings;
        this.bootstrap = bootstrap;
        this.connect = connect;
        this.trouble = new Trouble(LOG, nanos);
        this.hints = new Trouble(LOG, nanos);
    }

    /**
     * Starts to make and to check them.
     *
     * @param connection where the brokers are and how to speak with them
     */
    public static Topics start(
            TopicSettings settings, Map<String, Object> connection, ThreadFactory threads, LongSupplier nanos) {
        Map<String, Object> properties = new HashMap<>(connection);
        properties.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, settings.endpoint() + "-topics");
        properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 6_000);
        properties.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        String bootstrap = String.valueOf(properties.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
        Topics topics = new Topics(settings, bootstrap, () -> Admin.create(properties), nanos);
        Thread thread = threads.newThread(topics::work);
        thread.setName("remora-topics");
        topics.thread = thread;
        thread.start();
        return topics;
    }

    /** Whether those without which nothing can be served are there, or were once. */
    public boolean ready() {
        return ready;
    }

    /** What is wrong with them and what mends it; empty when nothing is, or nothing was found yet. */
    public Optional<String> trouble() {
        return trouble.text();
    }

    /**
     * What is wrong with those of them that serving does without, and what mends it: hot models do not spread, or
     * instances begin cold. Empty when nothing is, or nothing was found yet.
     */
    public Optional<String> hints() {
        return hints.text();
    }

    /** Ends the thread. Does not wait for it. */
    @Override
    public void close() {
        stop.countDown();
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void work() {
        try {
            do {
                check();
            } while (!stop.await(pauseMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long pauseMillis() {
        return ready && trouble.text().isEmpty() ? RECHECK_MILLIS : AGAIN_MILLIS;
    }

    /** One round: makes what is missing, checks what is there. Blocks on the brokers. */
    void check() throws InterruptedException {
        try (Admin admin = connect.get()) {
            List<TopicPlan> plans = TopicPlan.of(settings);
            var found = admin.describeTopics(
                            plans.stream().map(TopicPlan::name).toList(),
                            new DescribeTopicsOptions().includeAuthorizedOperations(true))
                    .topicNameValues();
            Map<TopicPlan, Throwable> failures = make(admin, plans, found);
            if (failures.keySet().stream().anyMatch(TopicPlan::needed)) {
                failures.keySet().removeIf(plan -> !plan.needed());
                trouble.is(explain(failures));
                return;
            }
            ready = true;
            unfit(admin, plans, found).ifPresentOrElse(trouble::is, trouble::over);
            unfitTables(admin, plans, found, failures)
                    .ifPresentOrElse(problem -> hints.is(WITHOUT_TABLES + problem), hints::over);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            trouble.is("The topics cannot be looked at (" + e.getMessage() + causeOf(e)
                    + "). Check remora.kafka.bootstrap.servers and that the brokers are up; tried again.");
        } catch (RuntimeException | Error e) {
            LOG.error("A fault of ours while looking at the topics; please report it.", e);
            trouble.is("The topics cannot be looked at, by a fault of ours (" + e + "); tried again.");
        }
    }

    /** What failed, by the topic, those first without which nothing can be served. */
    private Map<TopicPlan, Throwable> make(
            Admin admin, List<TopicPlan> plans, Map<String, KafkaFuture<TopicDescription>> found)
            throws InterruptedException {
        Map<TopicPlan, Throwable> failures = new LinkedHashMap<>();
        List<TopicPlan> missing = new ArrayList<>();
        for (TopicPlan plan : plans) {
            Throwable failure = failure(found.get(plan.name()));
            if (failure instanceof UnknownTopicOrPartitionException) {
                missing.add(plan);
            } else if (failure != null) {
                failures.put(plan, failure);
            }
        }
        failures.putAll(create(admin, missing));
        return failures;
    }

    /** The rights that we lack on topics that we see; what brokers do not say is taken as granted. */
    private static Optional<String> forbidden(
            List<TopicPlan> plans, boolean toServe, Map<String, KafkaFuture<TopicDescription>> found)
            throws InterruptedException {
        List<String> lacking = new ArrayList<>();
        for (TopicPlan plan : plans) {
            List<AclOperation> rights = plan.rights(toServe);
            TopicDescription topic = rights.isEmpty() ? null : value(found.get(plan.name()));
            if (topic != null && topic.authorizedOperations() != null) {
                rights.stream()
                        .filter(right -> !topic.authorizedOperations().contains(right))
                        .forEach(right -> lacking.add(right + " on '" + plan.name() + "'"));
            }
        }
        return lacking.isEmpty()
                ? Optional.empty()
                : Optional.of("The principal may not do what an endpoint must. Grant it: " + String.join(", ", lacking)
                        + ".");
    }

    private Map<TopicPlan, Throwable> create(Admin admin, List<TopicPlan> missing) throws InterruptedException {
        Map<TopicPlan, Throwable> failures = new LinkedHashMap<>();
        Map<String, KafkaFuture<Void>> made = settings.create() && !missing.isEmpty()
                ? admin.createTopics(missing.stream().map(TopicPlan::newTopic).toList())
                        .values()
                : Map.of();
        for (TopicPlan plan : missing) {
            Throwable failure = settings.create()
                    ? failure(made.get(plan.name()))
                    : new UnknownTopicOrPartitionException("remora.topics.create is false");
            if (failure == null) {
                LOG.info(
                        "Made the topic {} with {} partitions and {}.", plan.name(), plan.partitions(), plan.configs());
            } else if (!(failure instanceof TopicExistsException)) {
                failures.put(plan, failure);
            }
        }
        return failures;
    }

    /** What is wrong with the topics that serving stands on. */
    private Optional<String> unfit(Admin admin, List<TopicPlan> plans, Map<String, KafkaFuture<TopicDescription>> found)
            throws InterruptedException {
        Optional<String> forbidden = forbidden(plans, true, found);
        Config config = forbidden.isPresent() ? null : config(admin, settings.invocations());
        return config == null ? forbidden : TopicFitness.problem(settings, bootstrap, config, offsetsKept(admin));
    }

    /** What is wrong with the others. */
    private Optional<String> unfitTables(
            Admin admin,
            List<TopicPlan> plans,
            Map<String, KafkaFuture<TopicDescription>> found,
            Map<TopicPlan, Throwable> failures)
            throws InterruptedException {
        Optional<String> problem = failures.isEmpty() ? forbidden(plans, false, found) : Optional.of(explain(failures));
        for (TopicPlan plan : plans) {
            Config config = problem.isPresent() || plan.needed() ? null : config(admin, plan.name());
            if (config != null) {
                problem = TopicFitness.tableProblem(plan.name(), bootstrap, config);
            }
        }
        return problem;
    }

    /** Null where we have no right to know. */
    private static @Nullable Config config(Admin admin, String name) throws InterruptedException {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
        return value(admin.describeConfigs(List.of(topic)).values().get(topic));
    }

    /** Null where we have no right to know. */
    private static @Nullable Duration offsetsKept(Admin admin) throws InterruptedException {
        Node node = value(admin.describeCluster().controller());
        if (node == null || node.isEmpty()) {
            return null;
        }
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        Config config = value(admin.describeConfigs(List.of(broker)).values().get(broker));
        ConfigEntry entry = config == null ? null : config.get("offsets.retention.minutes");
        return entry == null || entry.value() == null ? null : Duration.ofMinutes(Long.parseLong(entry.value()));
    }

    private String explain(Map<TopicPlan, Throwable> failures) {
        Throwable first = failures.values().iterator().next();
        if (first instanceof AuthenticationException) {
            return "The brokers do not accept the credentials (" + first.getMessage()
                    + "). Check remora.kafka.sasl.* and remora.kafka.ssl.*.";
        }
        boolean rights = first instanceof AuthorizationException;
        if (!rights && !(first instanceof UnknownTopicOrPartitionException)) {
            return "The topics cannot be looked at (" + first.getMessage()
                    + "). Check remora.kafka.bootstrap.servers and that the brokers are up; tried again.";
        }
        StringBuilder text = new StringBuilder("Topics are missing, or the principal may not see or make them (")
                .append(first.getMessage())
                .append("). Grant it DESCRIBE and CREATE on them, or make them where they do not exist:");
        failures.keySet().forEach(plan -> text.append("\n  ").append(plan.command(bootstrap)));
        return text.toString();
    }

    private static String causeOf(Throwable e) {
        return e.getCause() == null ? "" : ": " + e.getCause().getMessage();
    }

    private static @Nullable Throwable failure(@Nullable KafkaFuture<?> future) throws InterruptedException {
        if (future == null) {
            return null;
        }
        try {
            future.get(CALL_SECONDS, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (TimeoutException e) {
            return e;
        }
    }

    private static <T> @Nullable T value(@Nullable KafkaFuture<T> future) throws InterruptedException {
        try {
            return future == null ? null : future.get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Not known to us.", e);
            return null;
        }
    }
}
