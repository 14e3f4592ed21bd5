package dev.remora.plugin;

import jakarta.enterprise.context.spi.CreationalContext;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import java.util.List;

/**
 * Finds beans themselves, not the client proxies that injection gives: a proxy looks its bean up at each call.
 * Immutable.
 */
final class Contextual {
    private final BeanManager beans;

    Contextual(BeanManager beans) {
        this.beans = beans;
    }

    /** The one bean of this type, as alternatives and priorities resolve it. */
    <T> T one(Class<T> type) {
        return instance(beans.resolve(beans.getBeans(type)), type);
    }

    /** Every enabled bean of this type, whatever its qualifiers. */
    <T> List<T> all(Class<T> type) {
        return beans.getBeans(type, Any.Literal.INSTANCE).stream()
                .map(bean -> instance(bean, type))
                .toList();
    }

    private <T> T instance(Bean<?> bean, Class<T> type) {
        return type.cast(beans.isNormalScope(bean.getScope()) ? itself(bean) : reference(bean, type));
    }

    private <B> B itself(Bean<B> bean) {
        CreationalContext<B> creation = beans.createCreationalContext(bean);
        return beans.getContext(bean.getScope()).get(bean, creation);
    }

    private Object reference(Bean<?> bean, Class<?> type) {
        return beans.getReference(bean, type, beans.createCreationalContext(bean));
    }
}
