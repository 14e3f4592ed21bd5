package dev.remora.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How an instance is started. Immutable.
 *
 * @param name of it: names its log too
 * @param folder for its log and its temporary files; one instance a folder
 * @param payaraMicro the jar
 * @param war what it serves
 * @param wantedPort 0 for any; another one is taken when it is in use
 * @param config the endpoint's configuration, as system properties
 * @param environment variables beside those of this process, of which {@code AWS_*} are dropped: secrets go here
 * @param jvmOptions such as the heap
 */
public record InstanceSettings(
        String name,
        Path folder,
        Path payaraMicro,
        Path war,
        int wantedPort,
        Map<String, String> config,
        Map<String, String> environment,
        List<String> jvmOptions) {

    public InstanceSettings {
        config = Map.copyOf(config);
        environment = Map.copyOf(environment);
        jvmOptions = List.copyOf(jvmOptions);
    }

    /** An instance on any port, without configuration. */
    public static InstanceSettings of(String name, Path folder, Path payaraMicro, Path war) {
        return new InstanceSettings(name, folder, payaraMicro, war, 0, Map.of(), Map.of(), List.of());
    }

    /** The same on this port, if it is free. */
    public InstanceSettings onPort(int port) {
        return new InstanceSettings(name, folder, payaraMicro, war, port, config, environment, jvmOptions);
    }

    /** The same with a configuration value, over an older one. */
    public InstanceSettings with(String key, String value) {
        return new InstanceSettings(
                name, folder, payaraMicro, war, wantedPort, and(config, key, value), environment, jvmOptions);
    }

    /** The same with configuration values, over older ones. */
    public InstanceSettings with(Map<String, String> values) {
        InstanceSettings all = this;
        for (Map.Entry<String, String> value : values.entrySet()) {
            all = all.with(value.getKey(), value.getValue());
        }
        return all;
    }

    /** The same without a configuration value. */
    public InstanceSettings without(String key) {
        Map<String, String> fewer = new TreeMap<>(config);
        fewer.remove(key);
        return new InstanceSettings(name, folder, payaraMicro, war, wantedPort, fewer, environment, jvmOptions);
    }

    /** The same with an environment variable. */
    public InstanceSettings withEnvironment(String key, String value) {
        return new InstanceSettings(
                name, folder, payaraMicro, war, wantedPort, config, and(environment, key, value), jvmOptions);
    }

    /** The same with further options of its JVM. */
    public InstanceSettings withJvm(String... options) {
        List<String> more = new ArrayList<>(jvmOptions);
        more.addAll(List.of(options));
        return new InstanceSettings(name, folder, payaraMicro, war, wantedPort, config, environment, more);
    }

    private static Map<String, String> and(Map<String, String> map, String key, String value) {
        Map<String, String> more = new TreeMap<>(map);
        more.put(key, value);
        return more;
    }
}
