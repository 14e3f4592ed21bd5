package dev.remora.spread;

import java.lang.reflect.Proxy;
import org.apache.kafka.clients.admin.Admin;

/** An admin client that nobody is to ask anything. */
final class TestAdmin {
    static final Admin NONE = (Admin) Proxy.newProxyInstance(
            Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> null);

    private TestAdmin() {}
}
