import KernelDispatch
import Testing

struct WinogradTests {
    /// Forms by their points, and the groups of four at the end.
    @Test(arguments: [(points: 8, tail: 0), (10, 0), (10, 1), (10, 2), (12, 0)], [1, 2, 7])
    func matchesTheSum(form: (points: Int, tail: Int), batch: Int) {
        // Lengths around the groups, rows around the register tiles.
        for length in Array(1...17) + [32, 47, 48, 49, 50, 51, 52, 71, 72, 73, 100] {
            check(form.points, tail: form.tail, length: length, batch: batch)
        }
    }

    @Test(arguments: 1...4, [1, 2, 7, 30])
    func wholeSequences(length: Int, batch: Int) {
        check(7, tail: 0, length: length, batch: batch)
        if length <= 2 { check(3, tail: 0, length: length, batch: batch) }
    }

    private func check(_ points: Int, tail: Int, length: Int, batch: Int) {
        var picker = Picker(seed: UInt64(length * 8 + batch + points + tail))
        var checks: [WinogradCheck] = []
        for channels in [1, 14, 17, 32, length < 10 ? 128 : 16] {
            for outputs in [1, 17, 48] {
                var check = WinogradCheck(length: length, outputs: outputs)
                (check.points, check.tailGroups) = (points, tail)
                if length <= 4 * tail || !check.everyGroupBegins { return }
                (check.batch, check.channels) = (batch, channels)
                check.skipChannels = picker.pick([0, 0, 1, 16, 33])
                check.tileElements = picker.pick([1, 2, 3, 7])
                // A tail lies in one tile, perhaps alone.
                check.tileGroups = picker.pick(
                    [1, 2, 5, 6, 7, 11, 12, 13, 24, 25].filter { (check.groups - 1) / $0 * $0 <= check.groups - tail })
                check.tilePanels = picker.pick([1, 2, 100])
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }
}
