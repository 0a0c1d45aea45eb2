import CKernels
import Testing

import KernelChecks
import KernelDispatch

struct StepTests {
    @Test(arguments: [1, 3, 15, 16, 17, 63, 64, 65, 448, 1000])
    func matchesReference(elements: Int) {
        var checks: [StepCheck] = []
        for operands: StepCheck.Operands in [
            [], .history, .last, .noise, .limits, [.history, .noise], [.history, .last, .noise, .limits],
        ] {
            for tileElements in [1, 7, 64, 4096] where elements <= 100 * tileElements {
                for batch in [1, 3] {
                    var check = StepCheck(elements: elements, tileElements: tileElements)
                    (check.batch, check.operands, check.hasNaN) = (batch, operands, tileElements == 64)
                    checks.append(check)
                    check.isInPlace = true
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    @Test(arguments: [1, 17, 64, 100], [STEP_VARIANCE_ROOT.rawValue, STEP_VARIANCE_EXPONENTIAL.rawValue])
    func matchesReferenceWithLearnedVariance(elements: Int, variance: UInt32) {
        var check = StepCheck(elements: elements, tileElements: 32)
        (check.batch, check.operands, check.variance) = (2, [.noise, .limits], step_variance(variance))
        expectNoFailures([check])
    }
}
