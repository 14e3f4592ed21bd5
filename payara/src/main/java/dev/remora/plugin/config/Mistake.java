package dev.remora.plugin.config;

/**
 * What is wrong with one value, for the operator to mend. Immutable.
 *
 * @param subject the key, with its value (secrets masked) and where it came from, as far as there are any
 * @param problem what is wrong
 * @param remedy what to do
 */
public record Mistake(String subject, String problem, String remedy) {
    static Mistake of(Setting setting, String key, String problem, String remedy) {
        var name = setting.name().equals(key) ? key : key + " (" + setting.name() + ")";
        var value = Secrets.shown(key, setting.value());
        return new Mistake(name + " = " + value + ", from " + setting.source(), problem, remedy);
    }

    /** One line: subject, problem, remedy. */
    @Override
    public String toString() {
        return subject + ": " + problem + " " + remedy;
    }
}
