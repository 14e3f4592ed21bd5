package dev.remora.bench;

/**
 * One run of load against one subject, with what it cost each process by the system's accounting. Immutable.
 *
 * @param outcome what the generator saw
 * @param cpu of the subject, milliseconds
 * @param brokerCpu of the broker
 * @param generatorCpu of the load generator
 */
record Trial(Outcome outcome, double cpu, double brokerCpu, double generatorCpu) {
    double p50() {
        return outcome.p50();
    }

    double p99() {
        return outcome.p99();
    }

    /** Of how long a request waited for its turn. */
    double queueP99() {
        return outcome.queueP99();
    }

    double perSecond() {
        return outcome.perSecond();
    }

    /** CPU of the subject for one request, milliseconds. */
    double cpuPerRequest() {
        return cpu / outcome.answered();
    }

    double brokerCpuPerRequest() {
        return brokerCpu / outcome.answered();
    }

    double generatorCpuPerRequest() {
        return generatorCpu / outcome.answered();
    }
}
