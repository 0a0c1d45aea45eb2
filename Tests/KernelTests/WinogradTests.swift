import CKernels
import KernelChecks
import KernelDispatch
import Testing

struct WinogradTests {
    typealias Groups = (form: kernel_winograd_form, tail: Int)

    /// Forms, and the groups of four at the end.
    @Test(
        arguments: [(form: .f25, tail: 0), (.f45, 0), (.f65, 0), (.f65, 1), (.f65, 2), (.f85, 0), (.fourier28, 0)]
            as [Groups],
        [1, 2, 7])
    func matchesTheSum(groups: Groups, batch: Int) {
        // Lengths around the groups, rows around the register tiles.
        for length in Array(1...17) + [32, 47, 48, 49, 50, 51, 52, 71, 72, 73, 100] {
            check(groups.form, tail: groups.tail, length: length, batch: batch)
        }
    }

    @Test(arguments: 1...4, [1, 2, 7, 30])
    func wholeSequences(length: Int, batch: Int) {
        check(.whole4, tail: 0, length: length, batch: batch)
        if length <= 2 { check(.whole2, tail: 0, length: length, batch: batch) }
    }

    /// A form that does not exist computes nothing.
    @Test func unknownFormEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var a = pack_winograd_arguments()
            a.form = try #require(kernel_winograd_form(rawValue: 9))
            Implementation.best.table.pack_winograd(&a, 0, nil)
        }
        await #expect(processExitsWith: .failure) {
            var a = winograd_arguments()
            a.form = try #require(kernel_winograd_form(rawValue: 9))
            let scratch = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
            Implementation.best.table.winograd(&a, 0, scratch)
        }
    }

    private func check(_ form: kernel_winograd_form, tail: Int, length: Int, batch: Int) {
        var picker = Picker(seed: UInt64(length * 8 + batch + form.rawValue + tail))
        var checks: [WinogradCheck] = []
        for channels in [1, 14, 17, 32, length < 10 ? 128 : 16] {
            for outputs in [1, 17, 48] {
                var check = WinogradCheck(length: length, outputs: outputs)
                (check.form, check.tailGroups) = (form, tail)
                if length <= 4 * tail || !check.everyGroupBegins { return }
                (check.batch, check.channels) = (batch, channels)
                check.skipChannels = picker.pick([0, 0, 1, 16, 33])
                check.tileElements = picker.pick([1, 2, 3, 7])
                // A tail lies in one tile, perhaps alone.
                check.tileGroups = picker.pick(
                    [1, 2, 5, 6, 7, 11, 12, 13, 24, 25].filter { (check.groups - 1) / $0 * $0 <= check.groups - tail })
                check.tilePanels = picker.pick([1, 2, 100])
                if form != .f85 && form != .fourier28 {
                    check.element = picker.pick([KERNEL_ELEMENT_F32, KERNEL_ELEMENT_F16])
                    // Beyond the range of half precision on either side.
                    check.magnitude = picker.pick([1, 1, 0x1p-30, 0x1p30])
                }
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }
}
