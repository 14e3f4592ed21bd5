package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A policy of the user's: where it fails, that costs its order, not the pool. Guarded by the pool's lock. */
final class GuardedPolicy implements EvictionPolicy {
    private static final Logger log = LoggerFactory.getLogger(GuardedPolicy.class);

    private final EvictionPolicy policy;
    /** It is asked for each record, and its failures are said once. */
    private boolean said;

    GuardedPolicy(EvictionPolicy policy) {
        this.policy = policy;
    }

    @Override
    public void used(ModelName model, long nowNanos) {
        try {
            policy.used(model, nowNanos);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    @Override
    public void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos) {
        try {
            policy.loaded(model, bytes, reloadNanos, nowNanos);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    @Override
    public void resized(ModelName model, long bytes) {
        try {
            policy.resized(model, bytes);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** Those that it does not name leave in the order in which they were loaded. */
    @Override
    public List<ModelName> order(Collection<ModelName> candidates, long nowNanos) {
        try {
            return List.copyOf(policy.order(List.copyOf(candidates), nowNanos));
        } catch (RuntimeException | Error e) {
            failed(e);
            return List.of();
        }
    }

    private void failed(Throwable failure) {
        if (!said) {
            said = true;
            log.error(
                    "The eviction policy failed, which is said once: mend {}. Where it gives no order, the models that were"
                            + " loaded first leave first",
                    policy.getClass().getName(),
                    failure);
        }
    }
}
