import KernelDispatch
import Testing

struct WinogradTests {
    /// Lengths around the groups, rows around the register tiles.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 47, 48, 49, 52, 71, 72, 73, 100], [1, 2, 7])
    func matchesTheSum(length: Int, batch: Int) {
        for groupPositions in [4, 6] { check(groupPositions, length: length, batch: batch) }
    }

    private func check(_ groupPositions: Int, length: Int, batch: Int) {
        var picker = Picker(seed: UInt64(length * 8 + batch + groupPositions))
        var checks: [WinogradCheck] = []
        for channels in [1, 14, 17, 32, length < 10 ? 128 : 16] {
            for outputs in [1, 17, 48] {
                var check = WinogradCheck(length: length, outputs: outputs)
                (check.groupPositions, check.batch, check.channels) = (groupPositions, batch, channels)
                check.skipChannels = picker.pick([0, 0, 1, 16, 33])
                check.tileElements = picker.pick([1, 2, 3, 7])
                check.tileGroups = picker.pick([1, 2, 5, 6, 7, 11, 12, 13, 24, 25])
                check.tilePanels = picker.pick([1, 2, 100])
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }
}
