import CKernels
import KernelArguments
import Testing

import KernelChecks
import KernelDispatch

struct ConvolutionTests {
    static let rows = [1, 2, 3, 5, 6, 7, 11, 12, 13, 24, 25, 100]
    static let channels = [1, 3, 14, 16, 17, 32, 33, 48, 128]
    static let outputs = [1, 3, 16, 17, 32, 48, 100]

    /// Every number of rows, inputs and outputs, with the other parameters picked: taps, batch, sources, layout, tiles.
    @Test(arguments: rows)
    func matchesReference(rows: Int) {
        var picker = Picker(seed: UInt64(rows))
        var checks: [ConvolutionCheck] = []
        for channels in Self.channels {
            for outputs in Self.outputs {
                let batch = picker.pick([1, 1, 2, 7])
                var check = ConvolutionCheck(length: max(1, rows / batch), outputs: outputs)
                (check.batch, check.channels) = (batch, channels)
                check.skipChannels = picker.pick([0, 0, 1, 14, 16, 33])
                (check.taps, check.padding) = picker.pick([(1, 0), (3, 1), (5, 2)])
                check.layout = picker.pick([.interleaved, .interleaved, .segmentPerElement, .segmentPerPosition])
                check.tileRows = picker.pick([1, 5, 12, 24, 48, 1000])
                check.tilePanels = picker.pick([1, 2, 100])
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// Outputs over the first source: every row is read before it is written over.
    @Test(arguments: rows)
    func inPlace(rows: Int) {
        var picker = Picker(seed: UInt64(100 + rows))
        var checks: [ConvolutionCheck] = []
        for channels in Self.channels {
            for skipChannels in [0, 14, 33] {
                for layout in [ConvolutionCheck.Layout.interleaved, .segmentPerElement, .segmentPerPosition] {
                    var check = ConvolutionCheck(length: rows, outputs: max(1, channels - picker.pick([0, 1, 2])))
                    if padded(check.outputs) != padded(channels) { check.outputs = channels }
                    (check.batch, check.channels, check.skipChannels) = (
                        picker.pick([1, 2, 7]), channels, skipChannels
                    )
                    (check.layout, check.tileRows) = (layout, picker.pick([1, 5, 12, 24, 1000]))
                    check.isInPlace = true
                    checks.append(check)
                }
            }
        }
        // The second source is added to what the first one has left.
        var twoParts = ConvolutionCheck(length: rows, outputs: 272)
        (twoParts.channels, twoParts.skipChannels, twoParts.isInPlace) = (272, 272, true)
        expectNoFailures(checks + [twoParts])
    }

    /// Lengths for which taps fall outside the input for some or all rows of a block.
    @Test(arguments: [1, 2, 3, 4], [1, 2, 7])
    func shortInputs(length: Int, batch: Int) {
        var checks: [ConvolutionCheck] = []
        for (taps, padding) in [(3, 1), (5, 2)] {
            for layout in [ConvolutionCheck.Layout.interleaved, .segmentPerElement, .segmentPerPosition] {
                for tileRows in [1, 2, 1000] {
                    var check = ConvolutionCheck(length: length, outputs: 33)
                    (check.batch, check.channels, check.skipChannels) = (batch, 17, 16)
                    (check.taps, check.padding, check.layout, check.tileRows) = (taps, padding, layout, tileRows)
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    /// Stride 2: 3 taps, padding 1.
    @Test(arguments: [1, 2, 3, 4, 5, 11, 12, 13, 24, 25, 26, 100], [1, 2, 7])
    func strided(length: Int, batch: Int) {
        var checks: [ConvolutionCheck] = []
        for layout in [ConvolutionCheck.Layout.segmentPerElement, .segmentPerPosition, .interleaved] {
            if layout == .interleaved, batch > 1 { continue }
            for (channels, outputs, tileRows) in [(14, 17, 5), (32, 48, 12), (33, 100, 1000)] {
                var check = ConvolutionCheck(length: length, outputs: outputs)
                (check.batch, check.channels, check.layout, check.tileRows) = (batch, channels, layout, tileRows)
                (check.taps, check.padding, check.stride) = (3, 1, 2)
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// Both halves of a transposed convolution of 4 taps, stride 2, padding 1.
    @Test(arguments: [1, 2, 3, 4, 11, 12, 13, 25, 100], [1, 2, 7])
    func transposedHalves(length: Int, batch: Int) {
        var checks: [ConvolutionCheck] = []
        for half in [0, 1] {
            for layout in [ConvolutionCheck.Layout.segmentPerElement, .segmentPerPosition, .interleaved] {
                if layout == .interleaved, batch > 1 { continue }
                for (channels, outputs, tileRows) in [(14, 17, 5), (32, 48, 12), (33, 100, 1000)] {
                    var check = ConvolutionCheck(length: length, outputs: outputs)
                    (check.batch, check.channels, check.layout, check.tileRows) = (batch, channels, layout, tileRows)
                    (check.taps, check.padding, check.half) = (2, half == 0 ? 1 : 0, half)
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    /// Weights of 16 bits are those of the reference, rounded; the sums are in float.
    @Test(arguments: rows, [KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16, KERNEL_ELEMENT_BF16_PAIRS])
    func weightsOf16Bits(rows: Int, element: kernel_element) {
        var picker = Picker(seed: UInt64(300 + rows))
        var checks: [ConvolutionCheck] = []
        for channels in Self.channels {
            for outputs in Self.outputs {
                let batch = picker.pick([1, 1, 2, 7])
                var check = ConvolutionCheck(length: max(1, rows / batch), outputs: outputs)
                (check.batch, check.channels, check.element) = (batch, channels, element)
                check.skipChannels = picker.pick([0, 0, 1, 14, 33])
                (check.taps, check.padding) = picker.pick([(1, 0), (3, 1), (5, 2), (7, 3)])
                check.layout = picker.pick([.interleaved, .segmentPerElement, .segmentPerPosition])
                check.tileRows = picker.pick([1, 5, 12, 24, 1000])
                check.tilePanels = picker.pick([1, 2, 100])
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// Panels pass in parts of some taps, for blocks of rows and for a single one; a part may have taps of both sources.
    @Test(
        arguments: [1, 12, 13, 31],
        [
            KERNEL_ELEMENT_F32, KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16, KERNEL_ELEMENT_BF16_PAIRS,
        ])
    func panelsInParts(rows: Int, element: kernel_element) {
        var checks: [ConvolutionCheck] = []
        for (channels, skipChannels, taps) in [(512, 0, 5), (150, 150, 5), (1030, 700, 3), (3, 2000, 5), (4099, 0, 2)] {
            for layout in [ConvolutionCheck.Layout.interleaved, .segmentPerElement, .segmentPerPosition] {
                var check = ConvolutionCheck(length: rows, outputs: 49)
                (check.channels, check.skipChannels, check.element) = (channels, skipChannels, element)
                (check.taps, check.padding, check.layout) = (taps, taps / 2, layout)
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// A NaN reaches the rows whose taps meet it and no others.
    @Test(arguments: [0, 6, 23])
    func propagatesNaN(row: Int) {
        var check = ConvolutionCheck(length: 12, outputs: 33)
        (check.batch, check.channels, check.skipChannels, check.nanRow) = (2, 17, 16, row)
        (check.taps, check.padding) = (5, 2)
        expectNoFailures([check])
    }
}

struct PackingTests {
    @Test(arguments: [1, 3, 16, 17, 32, 48, 100], [1, 3, 16, 33])
    func matchesReference(outputs: Int, channels: Int) {
        var checks: [PackCheck] = []
        for taps in [1, 2, 5] {
            for source in [PackCheck.Source.convolution, .transposed] {
                var check = PackCheck(outputs: outputs, channels: channels, taps: taps)
                (check.skipChannels, check.source) = (taps == 5 ? 14 : 0, source)
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// Heads that are no multiple of a channel block are padded by maps.
    @Test(arguments: [32, 33, 40, 63], [1, 2, 4])
    func mapsHeads(headSize: Int, heads: Int) {
        var check = PackCheck(outputs: heads * headSize, channels: heads * headSize, taps: 1)
        check.headSize = headSize
        expectNoFailures([check])
    }
}
