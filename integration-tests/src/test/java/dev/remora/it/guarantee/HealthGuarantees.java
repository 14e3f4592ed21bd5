package dev.remora.it.guarantee;

import java.util.List;

/** What is promised about the instances themselves. */
final class HealthGuarantees {
    private HealthGuarantees() {}

    static List<ProcessingGuarantee> all() {
        return List.of(new BudgetsAreHeld(), new NobodyFails());
    }

    private record BudgetsAreHeld() implements ProcessingGuarantee {
        @Override
        public String promise() {
            return "budgets are held and nothing leaks";
        }

        @Override
        public List<Violation> violations(Evidence evidence) {
            return evidence.health().violations();
        }
    }

    private record NobodyFails() implements ProcessingGuarantee {
        @Override
        public String promise() {
            return "no instance dies unasked, and all recover in time";
        }

        @Override
        public List<Violation> violations(Evidence evidence) {
            return evidence.troubles().stream()
                    .map(trouble -> new Violation("trouble", trouble))
                    .toList();
        }
    }
}
