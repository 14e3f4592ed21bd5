package dev.remora.plugin.config;

import dev.remora.protocol.ModelName;
import dev.remora.reply.Delivery;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** Every key of the configuration, in the order of its documentation: the one place that defines them. Immutable. */
public final class ConfigKeys {
    public static final ConfigKey<String> ENDPOINT = ConfigKey.needed(
            "remora.endpoint",
            Kinds.NAME,
            "The endpoint's name. It is the consumer group, and the names of topics begin with it.");
    public static final ConfigKey<ModelLocation> MODELS_LOCATION = ConfigKey.needed(
            "remora.models.location",
            Kinds.LOCATION,
            "Where the models are. A model's name is its object's key below this.");
    public static final ConfigKey<String> BOOTSTRAP_SERVERS =
            ConfigKey.needed("remora.kafka.bootstrap.servers", Kinds.BROKERS, "Brokers to begin with.");

    public static final ConfigKey<String> INSTANCE = ConfigKey.optional(
            "remora.instance",
            Kinds.INSTANCE,
            "made at the first start and kept in remora.disk.path",
            "This instance's name, unique within the endpoint and the same after a restart.");
    public static final ConfigKey<Duration> MODELS_MAX_AGE = ConfigKey.of(
            "remora.models.max-age",
            Kinds.duration("1s", "365d"),
            "60s",
            "How long a model is served before the store is asked whether it has a newer version.");

    public static final ConfigKey<URI> S3_ENDPOINT = ConfigKey.optional(
            "remora.s3.endpoint",
            Kinds.ADDRESS,
            "AWS",
            "The S3 server, when it is not AWS. With it, credentials are never asked of instance metadata.");
    public static final ConfigKey<String> S3_REGION = ConfigKey.optional(
            "remora.s3.region",
            Kinds.REGION.labelled("a region such as eu-central-1"),
            "AWS_REGION, else the profile's; us-east-1 where remora.s3.endpoint is set",
            "The bucket's region.");
    public static final ConfigKey<Boolean> S3_PATH_STYLE = ConfigKey.derived(
            "remora.s3.path-style",
            Kinds.BOOLEAN,
            "true where remora.s3.endpoint is set",
            basis -> basis.has(ConfigKeys.S3_ENDPOINT),
            "Whether the bucket is part of the path instead of the host name. Most servers other than AWS need it.");
    public static final ConfigKey<String> S3_CREDENTIALS = ConfigKey.of(
            "remora.s3.credentials",
            Kinds.TEXT.allowing("auto, or the name of a profile"),
            "auto",
            "Where credentials come from: auto is the default chain of the AWS SDK (environment, web identity, profile,"
                    + " container and instance roles), all else is the name of a profile.");
    public static final ConfigKey<Duration> STORE_PATIENCE = ConfigKey.of(
            "remora.store.patience",
            Kinds.duration("0s", "1h"),
            "30s",
            "How long invocations wait for a store that refuses our credentials or has no such bucket, before they are"
                    + " answered with 530.");

    public static final ConfigKey<Delivery> DELIVERY = ConfigKey.of(
            "remora.delivery",
            Kinds.choice(Delivery.class),
            "exactly-once",
            "What a reader of replies may count on: exactly-once shows a read_committed reader one reply to each record,"
                    + " at-least-once sends replies sooner and may answer a record twice after a crash.");
    public static final ConfigKey<Duration> REQUEST_TTL = ConfigKey.of(
            "remora.request.ttl",
            Kinds.duration("1s", "365d"),
            "6h",
            "How long an invocation that says nothing about it is worth waiting for, from its timestamp on.");
    public static final ConfigKey<Long> REQUEST_MAX_BYTES = ConfigKey.of(
            "remora.request.max-bytes",
            Kinds.size("1KiB", "1GiB"),
            "1MiB",
            "The largest payload. A larger one is answered with 413.");
    public static final ConfigKey<Duration> RUN_TIMEOUT = ConfigKey.of(
            "remora.run.timeout",
            Kinds.duration("10ms", "1h"),
            "60s",
            "How long one run of a model may take before it is stopped and answered with 408.");
    public static final ConfigKey<Integer> RUN_THREADS = ConfigKey.derived(
            "remora.run.threads",
            Kinds.count(1, 512),
            "the number of processors",
            basis -> basis.machine().processors(),
            "How many models run at the same time. One more may run beside them whose runs take a quarter as long"
                    + " at most as those of the others, where those take 5 ms at least: it would wait for them else.");

    public static final ConfigKey<String> TOPIC_INVOCATIONS = topic("invocations", "", ".invocations", "of requests.");
    public static final ConfigKey<String> TOPIC_REPLIES =
            topic("replies", "", ".replies", "of replies to requests that name no topic.");
    public static final ConfigKey<String> TOPIC_DLQ =
            topic("dlq", "dlq.", ".invocations", "of records that no reply can be written for.");
    public static final ConfigKey<String> TOPIC_ROUTES =
            topic("routes", "", ".routes", "that says which partitions serve a hot model.");
    public static final ConfigKey<String> TOPIC_RESIDENCY =
            topic("residency", "", ".residency", "that says what is warm where.");
    public static final ConfigKey<Boolean> TOPICS_CREATE = ConfigKey.of(
            "remora.topics.create",
            Kinds.BOOLEAN,
            "true",
            "Whether missing topics are created. Where that is not allowed, the log gives the command.");
    public static final ConfigKey<Integer> TOPICS_PARTITIONS = ConfigKey.of(
            "remora.topics.partitions",
            Kinds.count(1, 10_000),
            "24",
            "Partitions of a topic that is created: the most instances that can share the work.");
    public static final ConfigKey<Pattern> REPLY_ALLOWED = ConfigKey.derived(
            "remora.reply.allowed",
            Kinds.TOPIC_PATTERNS,
            "the topic of replies alone",
            basis -> Kinds.TOPIC_PATTERNS.parser().apply(basis.get(TOPIC_REPLIES)),
            "Topics that a request may ask its reply on. Others are refused with 403.");

    public static final ConfigKey<Integer> LOOKAHEAD_RECORDS = ConfigKey.of(
            "remora.lookahead.records",
            Kinds.count(1, 1_000_000),
            "2000",
            "How many records may be read ahead of their turn.");
    public static final ConfigKey<Long> LOOKAHEAD_BYTES = ConfigKey.of(
            "remora.lookahead.bytes", Kinds.size("64KiB"), "64MiB", "How many bytes of them. They are on the heap.");

    public static final ConfigKey<Long> MEMORY_MAX = ConfigKey.derived(
            "remora.memory.max",
            Kinds.size("1MiB"),
            "what the container's limit, else the machine's memory, leaves beside the heap and a reserve",
            MemoryShare::of,
            "Memory for loaded models. It is native memory, beside the heap.");
    public static final ConfigKey<Path> DISK_PATH = ConfigKey.derived(
            "remora.disk.path",
            Kinds.PATH,
            ".remora/<endpoint> in the user's home folder",
            basis -> basis.machine().home().resolve(".remora").resolve(basis.get(ENDPOINT)),
            "The folder of fetched models and of the instance's name. Keep it across restarts.");
    public static final ConfigKey<Long> DISK_MAX = ConfigKey.derived(
            "remora.disk.max",
            Kinds.size("1MiB"),
            "half of what is free on the disk of remora.disk.path, with what the folder already holds",
            DiskShare::of,
            "Disk for fetched models.");
    public static final ConfigKey<Integer> FETCH_THREADS = ConfigKey.of(
            "remora.fetch.threads",
            Kinds.count(1, 64),
            "4",
            "How many models are fetched from S3 at the same time; while some of them take long, up to 12 more.");
    public static final ConfigKey<List<ModelName>> POOL_PIN = ConfigKey.of(
            "remora.pool.pin",
            Kinds.MODELS,
            "",
            "Models that are loaded at start and never leave memory. Refused at start if they do not fit.");
    public static final ConfigKey<List<ModelName>> POOL_PRELOAD = ConfigKey.of(
            "remora.pool.preload", Kinds.MODELS, "", "Models that are loaded at start, in this order, while they fit.");
    public static final ConfigKey<Duration> POOL_IDLE_TIMEOUT = ConfigKey.optional(
            "remora.pool.idle-timeout",
            Kinds.duration("1s", "365d"),
            "never",
            "A model that nobody used for so long leaves memory.");
    public static final ConfigKey<Boolean> POOL_CACHE = ConfigKey.of(
            "remora.pool.cache",
            Kinds.BOOLEAN,
            "true",
            "Whether a model stays in memory after its last waiting record.");
    public static final ConfigKey<Boolean> POOL_OPTIMIZE = ConfigKey.of(
            "remora.pool.optimize",
            Kinds.BOOLEAN,
            "true",
            "Whether models in memory are written to the disk once more, while nothing is loaded, in a form that loads"
                    + " sooner. It takes free room only.");

    public static final ConfigKey<Integer> BATCH_MAX = ConfigKey.of(
            "remora.batch.max",
            Kinds.count(1, 1024),
            "32",
            "How many invocations of one model may run in one call of it, where that was seen to be quicker and to"
                    + " change no answer; rounded down to a power of two, 1 for none.");
    public static final ConfigKey<Boolean> SPREAD_ENABLED = ConfigKey.of(
            "remora.spread.enabled",
            Kinds.BOOLEAN,
            "true",
            "Whether a hot model spreads: other instances then serve some of its requests.");
    public static final ConfigKey<Duration> SPREAD_WAIT = ConfigKey.of(
            "remora.spread.wait",
            Kinds.duration("100ms", "1h"),
            "2s",
            "A model spreads when its waiting requests are more work than the instance can do in this time, and it is busy.");
    public static final ConfigKey<Integer> SPREAD_MAX = ConfigKey.of(
            "remora.spread.max",
            Kinds.count(1, 1000),
            "16",
            "The most partitions, and so instances, that one model spreads over.");

    public static final ConfigKey<Boolean> HANDOVER_ENABLED = ConfigKey.of(
            "remora.handover.enabled",
            Kinds.BOOLEAN,
            "true",
            "Whether an instance that gets partitions brings what was warm there into free memory and disk, before it is"
                    + " asked for it.");

    public static final ConfigKey<ShutdownMode> SHUTDOWN = ConfigKey.of(
            "remora.shutdown",
            Kinds.choice(ShutdownMode.class),
            "leave",
            "What becomes of the partitions of an instance that stops: leave moves them at once, remain keeps them for"
                    + " its restart until the session times out.");
    public static final ConfigKey<Duration> SHUTDOWN_TIMEOUT = ConfigKey.of(
            "remora.shutdown.timeout",
            Kinds.duration("0s", "1h"),
            "30s",
            "How long a stop waits for what runs. What has not run by then is answered by the next owner.");
    public static final ConfigKey<Path> KAFKA_FILE = ConfigKey.optional(
            "remora.kafka.file",
            Kinds.PATH,
            "none",
            "A properties file of Kafka's own settings, such as security. Settings given one by one win over it.");

    private static final List<ConfigKey<?>> ALL = List.of(
            ENDPOINT,
            MODELS_LOCATION,
            BOOTSTRAP_SERVERS,
            INSTANCE,
            MODELS_MAX_AGE,
            S3_ENDPOINT,
            S3_REGION,
            S3_PATH_STYLE,
            S3_CREDENTIALS,
            STORE_PATIENCE,
            DELIVERY,
            REQUEST_TTL,
            REQUEST_MAX_BYTES,
            RUN_TIMEOUT,
            RUN_THREADS,
            TOPIC_INVOCATIONS,
            TOPIC_REPLIES,
            TOPIC_DLQ,
            TOPIC_ROUTES,
            TOPIC_RESIDENCY,
            TOPICS_CREATE,
            TOPICS_PARTITIONS,
            REPLY_ALLOWED,
            LOOKAHEAD_RECORDS,
            LOOKAHEAD_BYTES,
            MEMORY_MAX,
            DISK_PATH,
            DISK_MAX,
            FETCH_THREADS,
            POOL_PIN,
            POOL_PRELOAD,
            POOL_IDLE_TIMEOUT,
            POOL_CACHE,
            POOL_OPTIMIZE,
            BATCH_MAX,
            SPREAD_ENABLED,
            SPREAD_WAIT,
            SPREAD_MAX,
            HANDOVER_ENABLED,
            SHUTDOWN,
            SHUTDOWN_TIMEOUT,
            KAFKA_FILE);

    private ConfigKeys() {}

    /** All of them, in the order of the documentation. */
    public static List<ConfigKey<?>> all() {
        return ALL;
    }

    private static ConfigKey<String> topic(String name, String before, String after, String sentence) {
        return ConfigKey.derived(
                "remora.topics." + name,
                Kinds.TOPIC_NAME,
                before + "<endpoint>" + after,
                basis -> before + basis.get(ENDPOINT) + after,
                "Name of the topic " + sentence);
    }
}
