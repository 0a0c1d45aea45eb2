import CKernels
internal import KernelArguments
package import KernelDispatch

/// A convolution of width 5 by a form of Winograd's, packed and run, against the sum that it stands for.
///
/// The forms round more often than the direct one, and at larger magnitudes.
package struct WinogradCheck: KernelCheck {
    /// Positions.
    package var length: Int
    package var batch = 1
    /// The channels of the one or two sources; 0 for none.
    package var channels = 16
    package var skipChannels = 0
    package var outputs: Int
    package var form = kernel_winograd_form.f45
    /// Groups of four positions, the last of F(6,5).
    package var tailGroups = 0
    package var tileElements = 1
    package var tileGroups = 12
    package var tilePanels = 100
    /// The type of the packed weights.
    package var element = KERNEL_ELEMENT_F32
    /// The largest weight and bias.
    package var magnitude: Float = 1

    package init(length: Int, outputs: Int) {
        self.length = length
        self.outputs = outputs
    }

    package var description: String {
        "\(form.points) points, \(tailGroups) groups of tail, of \(length) positions, batch \(batch), \(channels)+\(skipChannels) → \(outputs) channels, "
            + "tiles of \(tileElements) elements × \(tileGroups) groups × \(tilePanels) panels, weights of type \(element.rawValue), up to \(magnitude)"
    }

    /// How much larger the error may be than the direct form's.
    private var amplification: Double {
        switch form {
        case .whole2: 3
        case .f25: 7
        case .whole4, .f45: 12
        case .f65: 26
        case .f85: 62
        case .fourier28: 3
        @unknown default: 0
        }
    }

    private var isHalf: Bool { element == KERNEL_ELEMENT_F16 }

    /// What rounding to half precision does to a weight.
    private static let halfError = 0x1p-11

    private var headGroups: Int { ceilDivide(max(0, length - 4 * tailGroups), form.outputs) }
    /// Groups of a sequence.
    package var groups: Int { headGroups + tailGroups }
    private var columns: Int { padded(outputs) }
    private var outputCount: Int { length * batch * columns }
    private var inputs: Int { channels + skipChannels }
    private var terms: Int { 5 * inputs }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = input(channels, seed: 1, memory)
        let skip = skipChannels > 0 ? input(skipChannels, seed: 2, memory) : nil
        let w = memory.uniform(outputs * inputs * 5, seed: 3, scale: magnitude)
        let bias = memory.rows(1, channels: outputs, seed: 4)
        for output in 0..<outputs { bias[output] *= magnitude }
        var expected = [Float](repeating: 0, count: outputCount)
        var magnitudes = [Double](repeating: 0, count: outputCount)
        for row in 0..<length * batch {
            for o in 0..<outputs {
                let (sum, magnitude) = direct(x, skip, w, row, o)
                expected[row * columns + o] = Float(sum + Double(bias[o]))
                magnitudes[row * columns + o] = magnitude + abs(Double(bias[o]))
            }
        }
        let error = amplification * sumError(terms: terms)
        // What rounds weights does so in all products of a group, those that cancel as well.
        let mean = magnitudes.reduce(0, +) / Double(max(1, length * batch * outputs))
        let rounding = isHalf ? amplification * Self.halfError * mean : 0
        return collect([.reference] + implementations, memory) { table in
            let y = memory.floats(outputCount)
            return compute(table, x, skip, w, bias, y, memory)
                ?? expected.withUnsafeBufferPointer { expected in
                    difference(y, expected.baseAddress!, outputCount) { error * magnitudes[$0] + rounding }
                }
        }
    }

    /// Whether every group begins before the end.
    package var everyGroupBegins: Bool { covered - (tailGroups > 0 ? 4 : form.outputs) < length }

    /// Positions of all groups.
    private var covered: Int { form.outputs * headGroups + 4 * tailGroups }

    /// Positions in memory.
    private var positions: Int { covered + 2 * form.margin }

    private func input(_ channels: Int, seed: UInt64, _ memory: CheckMemory) -> UnsafeMutablePointer<Float> {
        let width = padded(channels)
        let x = memory.floats(positions * batch * width)
        let rows = memory.rows(length * batch, channels: channels, seed: seed)
        for i in 0..<length * batch * width { x[form.margin * batch * width + i] = rows[i] }
        return x
    }

    /// Σ_t Σ_c x[l + t − 2, c] · w[o, c, t], and the sum of the magnitudes, for row l·batch + b.
    private func direct(
        _ x: UnsafePointer<Float>, _ skip: UnsafePointer<Float>?, _ w: UnsafePointer<Float>, _ row: Int, _ o: Int
    ) -> (Double, Double) {
        var sum = 0.0
        var magnitude = 0.0
        let position = row / batch
        for t in 0..<5 where 0..<length ~= position + t - 2 {
            for c in 0..<inputs {
                let (source, channel, count) =
                    c < channels ? (x, c, channels) : (skip ?? x, c - channels, skipChannels)
                let product =
                    Double(source[(row + (t - 2 + form.margin) * batch) * padded(count) + channel])
                    * Double(w[(o * inputs + c) * 5 + t])
                sum += product
                magnitude += abs(product)
            }
        }
        return (sum, magnitude)
    }

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ skip: UnsafePointer<Float>?, _ w: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ memory: CheckMemory
    ) -> String? {
        let widths = panelWidths(columns, table.geometry.panel_columns)
        let depths = [padded(channels), padded(skipChannels)]
        let packed = memory.floats(widths.reduce(0, +) * form.points * (depths[0] + depths[1]))
        var pack = pack_winograd_arguments(
            w, form: form, outputs: outputs, channels: (channels, skipChannels), columns: columns, packed: packed)
        for panel in 0..<widths.count { table.pack_winograd(&pack, panel, nil) }
        let count = columns * form.points * (depths[0] + depths[1])

        func rows(_ channels: Int) -> SourceRows {
            SourceRows(RowStrides(position: batch * padded(channels), row: padded(channels)), channels: channels)
        }
        var a = winograd_arguments(
            form: form, first: rows(channels), second: skip == nil ? nil : rows(skipChannels),
            y: RowStrides(position: batch * columns, row: columns), columns: columns, batch: batch, length: length,
            groups: groups, tailGroups: tailGroups, tileElements: tileElements, tileGroups: tileGroups,
            tilePanels: tilePanels, element: element, geometry: table.geometry)
        a.x = (x + form.margin * batch * depths[0], skip.map { $0 + form.margin * batch * depths[1] })
        a.weights = isHalf ? halves(packed, count, table, memory) : UnsafeRawPointer(packed)
        a.bias = bias
        a.y = y
        return run(
            table.winograd, a, tiles: a.tiles, output: Output(y, outputCount), scratchBytes: a.scratch_bytes, in: memory
        )
    }
}

extension WinogradCheck {
    /// Packed weights in half precision, at the very end of memory.
    private func halves(
        _ packed: UnsafeMutablePointer<Float>, _ count: Int, _ table: kernel_table, _ memory: CheckMemory
    ) -> UnsafeRawPointer {
        let largest = (0..<count).reduce(0) { max($0, packed[$1].magnitude) }
        let scale = winograd_arguments.halfScale(largest: largest)
        for index in 0..<count { packed[index] *= scale }
        let halves = memory.floats(count / 2 + 1)
        var narrow = narrow_arguments(
            x: packed, element: Int(KERNEL_ELEMENT_F16.rawValue), count: count,
            y: UnsafeMutableRawPointer(halves).assumingMemoryBound(to: UInt16.self))
        table.narrow(&narrow, 0, nil)
        halves[count / 2] = 1 / scale
        return UnsafeRawPointer(halves)
    }

    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var groups = WinogradCheck(length: 29, outputs: 50)
        (groups.batch, groups.channels, groups.skipChannels, groups.tileGroups) = (2, 33, 14, 12)
        var narrowGroups = groups
        narrowGroups.form = .f25
        var wideGroups = groups
        wideGroups.form = .f65
        var widestGroups = groups
        widestGroups.form = .f85
        var fourier = groups
        (fourier.form, fourier.length) = (.fourier28, 61)
        var withTail = wideGroups
        (withTail.length, withTail.tailGroups) = (27, 1)
        var whole = WinogradCheck(length: 4, outputs: 50)
        (whole.batch, whole.form, whole.tileElements) = (7, .whole4, 4)
        var pair = WinogradCheck(length: 2, outputs: 50)
        (pair.batch, pair.form, pair.tileElements) = (7, .whole2, 4)
        // Channels that are summed in several runs.
        let deep = [groups, narrowGroups, fourier, withTail].map { check in
            var check = check
            (check.channels, check.skipChannels) = (140, 14)
            return check
        }
        let all = [groups, narrowGroups, wideGroups, widestGroups, fourier, withTail, whole, pair]
        return all + deep
            + [groups, narrowGroups, withTail, whole, pair, deep[0]].map { check in
                var check = check
                check.element = KERNEL_ELEMENT_F16
                return check
            }
    }
}
