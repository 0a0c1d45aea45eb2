import Testing

import KernelChecks
import KernelDispatch

/// Runs checks on every implementation of this machine, with memory that ends at a guard page, and reports each failure.
func expectNoFailures(_ checks: [some KernelCheck], sourceLocation: SourceLocation = #_sourceLocation) {
    for check in checks {
        for failure in check.failures(of: Implementation.available, guarded: true) {
            Issue.record("\(failure)", sourceLocation: sourceLocation)
        }
    }
}

/// Picks of a seeded generator, so that tables of cases stay the same from run to run.
struct Picker {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return choices[Int(state >> 33) % choices.count]
    }
}
