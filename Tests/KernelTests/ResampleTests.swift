import Testing

import KernelChecks
import KernelDispatch

struct ResampleTests {
    @Test(arguments: [3, 4, 5, 6, 7, 8, 9, 31, 100], [16, 48, 7 * 32, 2 * 128])
    func matchesReference(length: Int, width: Int) {
        var checks: [ResampleCheck] = []
        for direction in ResampleCheck.Direction.allCases
        where ![.down, .downGradient].contains(direction) || length >= 4 {
            for tilePositions in [1, 2, 3, 5, 64, 1000] {
                var check = ResampleCheck(
                    direction: direction, length: length, width: width, tilePositions: tilePositions)
                check.hasNaN = tilePositions == 64
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }
}
