import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// Normalisation, activation and sums.
package struct CombineCheck: KernelCheck {
    /// Which operand, if any, y overwrites.
    package enum Place: Sendable { case apart, overX, overResidual }

    /// Operands that may have one batch element for all.
    package struct Broadcast: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let x = Broadcast(rawValue: 1)
        package static let residual = Broadcast(rawValue: 2)
        package static let bias = Broadcast(rawValue: 4)
        package static let factor = Broadcast(rawValue: 8)
    }

    package var channels: Int
    /// 0 for no norm.
    package var groups: Int
    package var length: Int
    package var batch = 1
    /// Positions a chunk of the statistics; nil if the kernel takes its own.
    package var chunkPositions: Int?
    package var activation = KERNEL_ACTIVATION_NONE
    package var hasResidual = false
    package var hasBias = false
    package var hasFactor = false
    package var broadcast: Broadcast = []
    package var place = Place.apart
    package var tilePositions: Int
    package var tileChannels: Int
    /// The mean and the deviation of x.
    package var mean: Float = 0
    package var deviation: Float = 1
    /// Added to each channel of x's first position.
    package var outlier: Float = 0
    /// By which the means of neighbouring channels of x differ.
    package var slope: Float = 0
    /// The row of x, if any, that starts with a NaN.
    package var nanRow: Int?
    /// Whether the moments are kept; they must be the tile's own.
    package var keepsMoments = false

    package init(channels: Int, groups: Int, length: Int) {
        self.channels = channels
        self.groups = groups
        self.length = length
        tilePositions = length
        tileChannels = padded(channels)
    }

    package var description: String {
        "combine of \(length) positions, batch \(batch), \(channels) channels, \(groups) groups, "
            + "chunks of \(chunkPositions.map(String.init) ?? "its own"), activation \(activation.rawValue), "
            + "residual \(hasResidual), bias \(hasBias), factor \(hasFactor), broadcast \(broadcast.rawValue), \(place), "
            + "tiles of \(tilePositions) × \(tileChannels), mean \(mean) ± \(deviation), outlier \(outlier), slope \(slope), "
            + "NaN \(nanRow.map(String.init) ?? "none"), keeps moments \(keepsMoments)"
    }

    private var width: Int { padded(channels) }
    private var count: Int { length * batch * width }

    /// Channels of a part where there is one group: the second is shorter where there are two.
    private var partChannels: Int { max(16, padded(channels / 2)) }

    private func elements(_ operand: Broadcast) -> Int { broadcast.contains(operand) ? 1 : batch }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let reference = KernelsReference.kernelTable()
        let x = normalInput(
            memory, rows: length * elements(.x), channels: channels, mean: mean, deviation: deviation, seed: 1)
        for row in 0..<length * elements(.x) {
            for c in 0..<channels { x[row * width + c] += slope * Float(c) + (row < elements(.x) ? outlier : 0) }
        }
        if let nanRow { x[nanRow * width] = .nan }
        let split = chunkPositions.map { normSplit(chunkPositions: $0, partChannels: partChannels) }
        var a = combine_arguments(
            x: strides(.x), y: RowStrides(position: batch * width, row: width), length: length, channels: channels,
            groups: groups > 0 ? groups : nil, partials: split, sharesPartials: elements(.x) == 1,
            activation: activation, residual: hasResidual ? strides(.residual) : nil,
            biasStride: hasBias ? strides(.bias).row : 0, factorStride: hasFactor ? strides(.factor).row : 0,
            tilePositions: tilePositions, tileChannels: tileChannels)
        a.x = UnsafePointer(x)
        if hasResidual {
            a.residual = UnsafePointer(memory.rows(length * elements(.residual), channels: channels, seed: 2))
        }
        if hasBias { a.bias = UnsafePointer(memory.rows(elements(.bias), channels: channels, seed: 3)) }
        if hasFactor {
            a.factor = UnsafePointer(memory.rows(elements(.factor), channels: channels, seed: 6, offset: 0.5))
        }
        if groups > 0 {
            a.gain = UnsafePointer(memory.rows(1, channels: channels, seed: 4, offset: 1))
            a.shift = UnsafePointer(memory.rows(1, channels: channels, seed: 5))
            a.partials = split.map { UnsafePointer(statistics(reference, x, $0, memory)) }
        }

        let expected = compute(reference, a, memory)
        if let failure = expected.failure { return ["reference: \(failure)"] }
        let moments =
            groups == 0
            ? nil : statistics(reference, x, normSplit(chunkPositions: length, partChannels: width), memory)
        return collect(implementations, memory) { table in
            let got = compute(table, a, memory)
            return got.failure
                ?? difference(got.y, expected.y, count) { tolerance($0, a, moments, expected.y) }
                ?? paddingFailure(got.y, expected.y)
        }
    }

    // MARK: - Run

    private func strides(_ operand: Broadcast) -> RowStrides {
        let elements = elements(operand)
        return RowStrides(position: elements * width, row: elements == 1 ? 0 : width)
    }

    /// Parts where there is one group; else tiles of all channels.
    private func normSplit(chunkPositions: Int, partChannels: Int) -> NormSplit {
        NormSplit(
            length: length, channels: channels, groups: groups, chunkPositions: chunkPositions,
            partChannels: groups == 1 ? partChannels : width)
    }

    private func compute(
        _ table: kernel_table, _ arguments: combine_arguments, _ memory: CheckMemory
    ) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
        var a = arguments
        let y = memory.floats(count)
        a.y = y
        switch place {
        case .apart: break
        case .overX:
            memcpy(y, a.x, count * 4)
            a.x = UnsafePointer(y)
        case .overResidual:
            memcpy(y, a.residual, count * 4)
            a.residual = UnsafePointer(y)
        }
        let (tiles, output) = (
            batch * (a.position_tiles * a.channel_tiles), place == .apart ? Output(y, count) : nil
        )
        guard keepsMoments else {
            let failure = run(
                table.combine, a, tiles: tiles, output: output, scratchBytes: a.scratch_bytes, in: memory)
            return (y, failure)
        }
        let moments = memory.doubles(2 * batch * groups)
        let failure = run(
            table.combine_keeping, combine_keeping_arguments(combine: a, moments: moments), tiles: tiles,
            output: output, scratchBytes: a.scratch_bytes, in: memory)
        return (y, failure ?? momentsFailure(moments, UnsafePointer(a.x), a, memory))
    }

    /// The partials of x.
    private func statistics(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ split: NormSplit, _ memory: CheckMemory
    ) -> UnsafeMutablePointer<Double> {
        var a = statistics_arguments(strides(.x), split)
        a.x = x
        a.partials = memory.doubles(elements(.x) * split.batchStride)
        let scratch = memory.bytes(a.scratch_bytes)
        for tile in 0..<elements(.x) * split.chunks * split.channelTiles { table.statistics(&a, tile, scratch) }
        return a.partials
    }

    /// What is wrong with kept moments.
    private func momentsFailure(
        _ moments: UnsafePointer<Double>, _ x: UnsafePointer<Float>, _ a: combine_arguments, _ memory: CheckMemory
    ) -> String? {
        guard place != .overX, nanRow == nil else { return nil }
        let split = normSplit(chunkPositions: length, partChannels: width)
        let expected = statistics(KernelsReference.kernelTable(), x, split, memory)
        for i in 0..<batch * groups {
            let element = broadcast.contains(.x) ? i % groups : i
            let deviation = (expected[2 * element + 1] / Double(length * channels / groups)).squareRoot()
            let wrong = abs(moments[2 * i] - expected[2 * element]) > 1e-5 * (deviation + 1e-3)
            if wrong { return "mean \(i) is \(moments[2 * i]) instead of \(expected[2 * element])" }
            if abs(moments[2 * i + 1] - expected[2 * element + 1]) > 1e-4 * (expected[2 * element + 1] + 1e-6) {
                return "M2 \(i) is \(moments[2 * i + 1]) instead of \(expected[2 * element + 1])"
            }
        }
        return nil
    }

    // MARK: - Tolerance

    /// Roundings of the norm: of the difference to the mean, of the scale, of their product and of the sum with the
    /// shift. None is relative to the mean, however large: near it the difference is exact, and what rounding the mean
    /// to float loses can go into the shift. Own statistics add theirs, see `statisticsError`: half of M2's for the
    /// deviation. An activation has a slope of at most 1.13 (GELU) and its own error, see `ActivationCheck`; each sum
    /// rounds once.
    private func tolerance(
        _ i: Int, _ a: combine_arguments, _ moments: UnsafePointer<Double>?, _ expected: UnsafePointer<Float>
    ) -> Double {
        let (row, c) = i.quotientAndRemainder(dividingBy: width)
        guard c < channels else { return 0 }
        let (l, b) = row.quotientAndRemainder(dividingBy: batch)
        var value = Double(a.x[l * a.x_position_stride + b * a.x_batch_stride + c])
        var error = 0.0
        if let moments {
            let size = channels / groups
            let index = ((broadcast.contains(.x) ? 0 : b) * groups + c / size) * 2
            let deviation = (moments[index + 1] / Double(length * size) + 1e-5).squareRoot()
            let scale = abs(Double(a.gain[c])) / deviation
            let distance = abs(value - moments[index])
            error = roundoff * (4 * scale * distance + 2 * abs(Double(a.shift[c])))
            if chunkPositions == nil { error += statisticsError * scale * (deviation + distance / 2) }
            value = scale * distance + abs(Double(a.shift[c]))
        }
        if activation != KERNEL_ACTIVATION_NONE { error = 1.13 * error + 8 * roundoff * abs(value) }
        if hasFactor {
            let factor = abs(Double(a.factor[b * a.factor_batch_stride + c]))
            error *= factor
            value *= factor
        }
        var sum = abs(Double(expected[i])) + abs(value)
        if hasResidual { sum += 1 }
        if hasBias { sum += 1 }
        return error + 2 * roundoff * sum
    }

    /// The channels after the last are zeros, except where a NaN of the statistics may reach them.
    private func paddingFailure(_ y: UnsafePointer<Float>, _ expected: UnsafePointer<Float>) -> String? {
        guard nanRow == nil, width > channels else { return nil }
        for row in 0..<length * batch {
            for c in channels..<width where y[row * width + c] != 0 {
                return "row \(row), padding channel \(c) is \(y[row * width + c])"
            }
        }
        return nil
    }
}

extension CombineCheck {
    /// Cases of the self-test for kept moments: by channels, and as one sum.
    static var keepingSamples: [any KernelCheck] {
        [(24, 8, 37), (64, 2, 5)].map { channels, groups, length in
            var check = CombineCheck(channels: channels, groups: groups, length: length)
            (check.batch, check.activation, check.keepsMoments) = (3, KERNEL_ACTIVATION_MISH, true)
            return check
        }
    }

    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var all = CombineCheck(channels: 24, groups: 8, length: 50)
        (all.batch, all.activation, all.chunkPositions) = (2, KERNEL_ACTIVATION_MISH, 32)
        (all.hasResidual, all.hasBias) = (true, true)
        var modulated = all
        (modulated.hasFactor, modulated.hasResidual) = (true, false)
        var groupsOfVectors = CombineCheck(channels: 64, groups: 2, length: 5)
        (groupsOfVectors.batch, groupsOfVectors.slope, groupsOfVectors.outlier) = (2, 1, 100)
        return [all, modulated, groupsOfVectors]
    }
}
