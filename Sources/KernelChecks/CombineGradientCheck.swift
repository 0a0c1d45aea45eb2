import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// The gradient of norm and activation, at once or by chunks.
package struct CombineGradientCheck: KernelCheck {
    package var channels: Int
    /// 0 for no norm.
    package var groups: Int
    package var length: Int
    package var batch = 1
    package var activation = KERNEL_ACTIVATION_NONE
    /// Positions a chunk of the sums; nil: a tile takes its own.
    package var chunkPositions: Int?
    /// Positions a chunk of the moments.
    package var momentPositions: Int
    package var tilePositions: Int
    package var tileChannels: Int
    /// Whether dx overwrites dy.
    package var isInPlace = false
    /// The mean and the deviation of x.
    package var mean: Float = 0
    package var deviation: Float = 1
    /// The row of x, if any, that starts with a NaN.
    package var nanRow: Int?

    package init(channels: Int, groups: Int, length: Int) {
        self.channels = channels
        self.groups = groups
        self.length = length
        momentPositions = length
        tilePositions = length
        tileChannels = padded(channels)
    }

    package var description: String {
        "gradient of combine of \(length) positions, batch \(batch), \(channels) channels, \(groups) groups, activation "
            + "\(activation.rawValue), chunks of \(chunkPositions.map(String.init) ?? "none"), moments of \(momentPositions), "
            + "tiles of \(tilePositions) × \(tileChannels), in place \(isInPlace), mean \(mean) ± \(deviation), "
            + "NaN \(nanRow.map(String.init) ?? "none")"
    }

    private var width: Int { padded(channels) }
    private var count: Int { length * batch * width }
    private var strides: RowStrides { RowStrides(position: batch * width, row: width) }

    private func split(_ positions: Int, _ partChannels: Int) -> NormSplit {
        NormSplit(
            length: length, channels: channels, groups: groups, chunkPositions: positions, partChannels: partChannels)
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let reference = KernelsReference.kernelTable()
        let x = normalInput(
            memory, rows: length * batch, channels: channels, mean: mean, deviation: deviation, seed: 1)
        if let nanRow { x[nanRow * width] = .nan }
        let dy = memory.rows(length * batch, channels: channels, seed: 2)
        var a = arguments(tilePositions, tileChannels)
        a.x = UnsafePointer(x)
        if groups > 0 {
            a.gain = UnsafePointer(memory.rows(1, channels: channels, seed: 4, offset: 1))
            a.shift = UnsafePointer(memory.rows(1, channels: channels, seed: 5))
            a.partials = UnsafePointer(moments(reference, x, memory))
        }
        let expected = compute(reference, a, dy, memory)
        if let failure = expected.failure { return ["reference: \(failure)"] }
        let scales = scales(a, dy)
        return collect(implementations, memory) { table in
            let got = compute(table, a, dy, memory)
            return got.failure
                ?? difference(got.dx, expected.dx, count) { tolerance($0, a, dy, scales) }
                ?? paddingFailure(got.dx)
        }
    }

    // MARK: - Run

    private func arguments(_ tilePositions: Int, _ tileChannels: Int) -> combine_gradient_arguments {
        combine_gradient_arguments(
            x: strides, dy: strides, dx: strides, length: length, channels: channels,
            groups: groups > 0 ? groups : nil, partials: groups > 0 ? split(momentPositions, width) : nil,
            sums: groups > 0 ? chunkPositions.map { split($0, self.tileChannels) } : nil, activation: activation,
            tilePositions: tilePositions, tileChannels: tileChannels)
    }

    private func moments(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ memory: CheckMemory
    ) -> UnsafeMutablePointer<Double> {
        let split = split(momentPositions, width)
        var a = statistics_arguments(strides, split)
        a.x = x
        a.partials = memory.doubles(batch * split.batchStride)
        let scratch = memory.bytes(a.scratch_bytes)
        for tile in 0..<batch * split.chunks * split.channelTiles { table.statistics(&a, tile, scratch) }
        return a.partials
    }

    private func compute(
        _ table: kernel_table, _ arguments: combine_gradient_arguments, _ dy: UnsafePointer<Float>,
        _ memory: CheckMemory
    ) -> (dx: UnsafeMutablePointer<Float>, failure: String?) {
        var a = arguments
        let dx = memory.floats(count)
        a.dy = dy
        a.dx = dx
        if isInPlace {
            memcpy(dx, dy, count * 4)
            a.dy = UnsafePointer(dx)
        }
        let output = isInPlace ? nil : Output(dx, count)
        guard groups > 0, let chunkPositions else {
            let failure = run(
                table.combine_gradient, a, tiles: batch * a.position_tiles * a.channel_tiles, output: output,
                scratchBytes: a.scratch_bytes, in: memory)
            return (dx, failure)
        }
        let split = split(chunkPositions, tileChannels)
        a.sums = memory.doubles(batch * split.batchStride)
        var begin = self.arguments(chunkPositions, tileChannels)
        (begin.x, begin.dy, begin.dx, begin.gain, begin.shift) = (a.x, a.dy, a.dx, a.gain, a.shift)
        (begin.partials, begin.sums) = (a.partials, a.sums)
        let failure = run(
            table.combine_gradient_begin, begin, tiles: batch * begin.position_tiles * begin.channel_tiles,
            output: output, scratchBytes: begin.scratch_bytes, in: memory)
        if let failure { return (dx, failure) }
        // The end may have other tiles.
        a.dy = UnsafePointer(dx)
        let end = run(
            table.combine_gradient_end, a, tiles: batch * a.position_tiles * a.channel_tiles, output: nil,
            scratchBytes: a.scratch_bytes, in: memory)
        return (dx, end)
    }

    // MARK: - Tolerance

    /// What the tolerance of a group's elements follows from.
    private struct GroupScale {
        var mean = 0.0
        var inverse = 0.0
        /// Means of bounds of |g|, and of those times the distance from the mean.
        var most = 0.0
        var weighted = 0.0
    }

    private func scales(_ a: combine_gradient_arguments, _ dy: UnsafePointer<Float>) -> [GroupScale] {
        guard groups > 0 else { return [] }
        let size = channels / groups
        let count = Double(length * size)
        return (0..<batch * groups).map { index in
            let (b, group) = index.quotientAndRemainder(dividingBy: groups)
            var scale = GroupScale()
            func forEach(_ body: (_ place: Int, _ c: Int) -> Void) {
                for l in 0..<length {
                    for c in group * size..<(group + 1) * size { body((l * batch + b) * width + c, c) }
                }
            }
            var squares = 0.0
            forEach { place, _ in scale.mean += Double(a.x[place]) / count }
            forEach { place, _ in
                let distance = Double(a.x[place]) - scale.mean
                squares += distance * distance / count
            }
            scale.inverse = 1 / (squares + 1e-5).squareRoot()
            forEach { place, c in
                let distance = abs(Double(a.x[place]) - scale.mean) * scale.inverse
                let g = abs(Double(a.gain[c]) * Double(dy[place])) * 1.13 * (2 + distance)
                scale.most += g / count
                scale.weighted += g * distance / count
            }
            return scale
        }
    }

    /// A derivative follows its argument with a slope of at most 1.6 and has an error of its own of some ulp of 1; sums
    /// over a group err by those of their terms.
    private func tolerance(
        _ i: Int, _ a: combine_gradient_arguments, _ dy: UnsafePointer<Float>, _ scales: [GroupScale]
    ) -> Double {
        let (row, c) = i.quotientAndRemainder(dividingBy: width)
        guard c < channels else { return 0 }
        guard groups > 0 else { return 12 * roundoff * abs(Double(dy[i])) * (1 + abs(Double(a.x[i]))) }
        let scale = scales[row % batch * groups + c / (channels / groups)]
        let distance = abs(Double(a.x[i]) - scale.mean) * scale.inverse
        let g = abs(Double(a.gain[c]) * Double(dy[i])) * 1.13
        let argument = 1 + distance * abs(Double(a.gain[c])) + abs(Double(a.shift[c]))
        return scale.inverse * roundoff * (16 * g * argument + 8 * scale.most + 8 * distance * scale.weighted)
    }

    /// The channels behind the last are zeros.
    private func paddingFailure(_ dx: UnsafePointer<Float>) -> String? {
        guard nanRow == nil, width > channels else { return nil }
        for row in 0..<length * batch {
            for c in channels..<width where dx[row * width + c] != 0 {
                return "row \(row), padding channel \(c) is \(dx[row * width + c])"
            }
        }
        return nil
    }
}

extension CombineGradientCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var whole = CombineGradientCheck(channels: 24, groups: 8, length: 37)
        (whole.batch, whole.activation) = (2, KERNEL_ACTIVATION_MISH)
        var chunks = CombineGradientCheck(channels: 40, groups: 1, length: 50)
        (chunks.activation, chunks.chunkPositions, chunks.tilePositions) = (KERNEL_ACTIVATION_GELU, 16, 9)
        (chunks.isInPlace, chunks.tileChannels) = (true, 16)
        return [whole, chunks]
    }
}

/// The sum over batch elements.
package struct SumElementsCheck: KernelCheck {
    package var batch: Int
    package var length: Int
    package var channels: Int
    package var tilePositions: Int

    package init(batch: Int, length: Int, channels: Int, tilePositions: Int) {
        self.batch = batch
        self.length = length
        self.channels = channels
        self.tilePositions = tilePositions
    }

    package var description: String {
        "sum of \(batch) elements of \(length) positions, \(channels) channels, tiles of \(tilePositions)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let width = padded(channels)
        let x = memory.rows(batch * length, channels: channels, seed: 1)
        x[0] = .nan
        var a = sum_elements_arguments(
            x: RowStrides(position: batch * width, row: width), yPositionStride: width, batch: batch, length: length,
            channels: channels, tilePositions: tilePositions)
        a.x = UnsafePointer(x)
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.y = memory.floats(length * width)
            return (a.y, run(table.sum_elements, a, tiles: a.tiles, output: Output(a.y, length * width), in: memory))
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { table in
            let got = compute(table)
            return got.failure ?? difference(got.y, expected.y, length * width)
        }
    }
}
