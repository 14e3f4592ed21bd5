package dev.remora.plugin;

import dev.remora.plugin.config.ConfigKeys;
import dev.remora.plugin.config.EndpointConfig;
import dev.remora.pool.EvictionPolicy;
import dev.remora.pool.LruPolicy;
import dev.remora.pool.ModelPool;
import dev.remora.pool.TieredModelPool;
import dev.remora.runtime.InferenceRuntime;
import dev.remora.runtime.OnnxRuntime;
import dev.remora.store.ModelStore;
import dev.remora.store.S3ModelStore;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what an endpoint is built of. An {@code @Alternative @Priority} bean of a user replaces any of it; a bean of type
 * {@link InferenceRuntime} joins ours. Thread-safe.
 */
@ApplicationScoped
public class EndpointBeans {
    private static final Logger log = LoggerFactory.getLogger(EndpointBeans.class);

    private final List<InferenceRuntime> theirs = new CopyOnWriteArrayList<>();

    @Resource
    private ManagedThreadFactory threads;

    @Produces
    @Singleton
    EndpointConfig config(ConfigExtension extension) {
        return extension.config();
    }

    @Produces
    @Singleton
    @Typed(LivingThreads.class)
    LivingThreads threads() {
        return new LivingThreads(threads);
    }

    @Produces
    @ApplicationScoped
    ModelStore store(EndpointConfig config) {
        return S3ModelStore.connect(new ServingSettings(config).store());
    }

    void close(@Disposes ModelStore store) {
        store.close();
    }

    @Produces
    @ApplicationScoped
    EvictionPolicy policy() {
        return new LruPolicy();
    }

    @Produces
    @ApplicationScoped
    InferenceRuntime onnx(EndpointConfig config, LivingThreads living) {
        return OnnxRuntime.start(living, config.get(ConfigKeys.BATCH_MAX), System::nanoTime);
    }

    void close(@Disposes InferenceRuntime onnx) {
        onnx.close();
    }

    @Produces
    @ApplicationScoped
    ModelPool pool(EndpointConfig config, LivingThreads living, BeanManager manager) {
        var beans = new Contextual(manager);
        return TieredModelPool.open(
                new ServingSettings(config).pool(),
                beans.one(ModelStore.class),
                runtimes(beans),
                beans.one(EvictionPolicy.class),
                living,
                System::nanoTime);
    }

    /** Runtimes go after the pool, whose models are theirs; our own has a disposer. */
    void close(@Disposes ModelPool pool) {
        pool.close();
        theirs.forEach(InferenceRuntime::close);
    }

    /** The user's before ours, so that one of theirs may take an artifact that ours would. */
    private List<InferenceRuntime> runtimes(Contextual beans) {
        var ours = new ArrayList<InferenceRuntime>();
        ServiceLoader.load(InferenceRuntime.class).forEach(theirs::add);
        for (var runtime : beans.all(InferenceRuntime.class)) {
            (runtime instanceof OnnxRuntime ? ours : theirs).add(runtime);
        }
        var all = new ArrayList<>(theirs);
        all.addAll(ours);
        log.info(
                "Models are loaded by: {}",
                all.stream().map(InferenceRuntime::id).toList());
        return all;
    }
}
