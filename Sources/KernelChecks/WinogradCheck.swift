import CKernels
import KernelArguments
package import KernelDispatch

/// A convolution of width 5 by a form of Winograd's, packed and run, against the sum that it stands for.
///
/// The forms round more often than the direct one, and at larger magnitudes: F(4,5)'s root-mean-square error is some four times
/// the direct form's, F(6,5)'s 2.2 times F(4,5)'s, F(8,5)'s 2.4 times F(6,5)'s.
package struct WinogradCheck: KernelCheck {
    /// Positions.
    package var length: Int
    package var batch = 1
    /// Of the one or two sources; 0 for none.
    package var channels = 16
    package var skipChannels = 0
    package var outputs: Int
    package var form = kernel_winograd_form.f45
    /// Groups of four positions, the last of F(6,5).
    package var tailGroups = 0
    package var tileElements = 1
    package var tileGroups = 12
    package var tilePanels = 100

    package init(length: Int, outputs: Int) {
        self.length = length
        self.outputs = outputs
    }

    package var description: String {
        "\(form.points) points, \(tailGroups) groups of tail, of \(length) positions, batch \(batch), \(channels)+\(skipChannels) → \(outputs) channels, "
            + "tiles of \(tileElements) elements × \(tileGroups) groups × \(tilePanels) panels"
    }

    /// How much larger the error may be than the direct form's.
    private var amplification: Double {
        switch form {
        case .whole2: 3
        case .whole4, .f45: 12
        case .f65: 26
        case .f85: 62
        @unknown default: 0
        }
    }

    private var headGroups: Int { pieces(max(0, length - 4 * tailGroups), of: form.outputs) }
    /// Of a sequence.
    package var groups: Int { headGroups + tailGroups }
    private var columns: Int { paddedChannels(outputs) }
    private var outputCount: Int { length * batch * columns }
    private var inputs: Int { channels + skipChannels }
    private var terms: Int { 5 * inputs }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = input(channels, seed: 1, memory)
        let skip = skipChannels > 0 ? input(skipChannels, seed: 2, memory) : nil
        let w = memory.uniform(outputs * inputs * 5, seed: 3)
        let bias = memory.rows(1, channels: outputs, seed: 4)
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
        return collect([.reference] + implementations, memory) { table in
            let y = memory.floats(outputCount)
            return compute(table, x, skip, w, bias, y, memory)
                ?? expected.withUnsafeBufferPointer { expected in
                    difference(y, expected.baseAddress!, outputCount) { error * magnitudes[$0] }
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
        let width = paddedChannels(channels)
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
                    Double(source[(row + (t - 2 + form.margin) * batch) * paddedChannels(count) + channel])
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
        let panelColumns = table.geometry.panel_columns
        let widths = panelWidths(columns, panelColumns)
        let padded = [paddedChannels(channels), skipChannels > 0 ? paddedChannels(skipChannels) : 0]
        let depth = padded[0] + padded[1]
        var pack = pack_winograd_arguments()
        pack.w = w
        pack.outputs = outputs
        pack.channels = (channels, skipChannels)
        pack.padded_channels = (padded[0], padded[1])
        pack.columns = columns
        pack.form = form
        pack.packed = memory.floats(widths.reduce(0, +) * form.points * depth)
        for panel in 0..<widths.count { table.pack_winograd(&pack, panel, nil) }

        var a = winograd_arguments()
        a.x = (x + form.margin * batch * padded[0], skip.map { $0 + form.margin * batch * padded[1] })
        a.padded_channels = pack.padded_channels
        a.position_stride = (batch * padded[0], batch * padded[1])
        a.row_stride = pack.padded_channels
        a.weights = UnsafePointer(pack.packed)
        a.bias = bias
        a.y = y
        (a.y_position_stride, a.y_row_stride) = (batch * columns, columns)
        (a.columns, a.batch, a.length) = (columns, batch, length)
        (a.form, a.groups, a.tail_groups) = (form, groups, tailGroups)
        let groupTiles = pieces(groups, of: tileGroups)
        (a.tile_elements, a.tile_groups, a.group_tiles) = (tileElements, tileGroups, groupTiles)
        a.tile_panels = tilePanels
        let columnTiles = pieces(widths.count, of: tilePanels)
        a.column_tiles = columnTiles
        let scratch = 4 * form.points * tileElements * tileGroups * (depth + Int(KERNEL_CHANNEL_BLOCK) + panelColumns)
        a.scratch_bytes = scratch
        return run(
            table.winograd, a, tiles: pieces(batch, of: tileElements) * groupTiles * columnTiles,
            output: Output(y, outputCount), scratchBytes: scratch, in: memory)
    }
}
