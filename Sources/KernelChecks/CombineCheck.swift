import CKernels
import Glibc
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
    package var broadcast: Broadcast = []
    package var place = Place.apart
    package var tilePositions: Int
    package var tileChannels: Int
    /// Of x.
    package var mean: Float = 0
    package var deviation: Float = 1
    /// Added to each channel of x's first position.
    package var outlier: Float = 0
    /// By which the means of neighbouring channels of x differ.
    package var slope: Float = 0
    /// The row of x, if any, that starts with a NaN.
    package var nanRow: Int?

    package init(channels: Int, groups: Int, length: Int) {
        self.channels = channels
        self.groups = groups
        self.length = length
        tilePositions = length
        tileChannels = paddedChannels(channels)
    }

    package var description: String {
        "combine of \(length) positions, batch \(batch), \(channels) channels, \(groups) groups, "
            + "chunks of \(chunkPositions.map(String.init) ?? "its own"), activation \(activation.rawValue), "
            + "residual \(hasResidual), bias \(hasBias), broadcast \(broadcast.rawValue), \(place), "
            + "tiles of \(tilePositions) × \(tileChannels), mean \(mean) ± \(deviation), outlier \(outlier), slope \(slope), "
            + "NaN \(nanRow.map(String.init) ?? "none")"
    }

    private var width: Int { paddedChannels(channels) }
    private var count: Int { length * batch * width }

    /// Channels of a part where there is one group: the second is shorter where there are two.
    private var partChannels: Int { max(16, paddedChannels(channels / 2)) }

    private func elements(_ operand: Broadcast) -> Int { broadcast.contains(operand) ? 1 : batch }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let reference = KernelsReference.kernelTable()
        let x = normalInput(
            memory, rows: length * elements(.x), channels: channels, mean: mean, deviation: deviation, seed: 1)
        for row in 0..<length * elements(.x) {
            for c in 0..<channels { x[row * width + c] += slope * Float(c) + (row < elements(.x) ? outlier : 0) }
        }
        if let nanRow { x[nanRow * width] = .nan }
        var a = combine_arguments()
        a.x = UnsafePointer(x)
        (a.x_position_stride, a.x_batch_stride) = strides(.x)
        if hasResidual {
            a.residual = UnsafePointer(memory.rows(length * elements(.residual), channels: channels, seed: 2))
            (a.residual_position_stride, a.residual_batch_stride) = strides(.residual)
        }
        if hasBias {
            a.bias = UnsafePointer(memory.rows(elements(.bias), channels: channels, seed: 3))
            a.bias_batch_stride = strides(.bias).1
        }
        (a.y_position_stride, a.y_batch_stride) = (batch * width, width)
        (a.length, a.channels, a.groups) = (length, channels, groups)
        if groups > 0 {
            a.gain = UnsafePointer(memory.rows(1, channels: channels, seed: 4, offset: 1))
            a.shift = UnsafePointer(memory.rows(1, channels: channels, seed: 5))
            if let chunkPositions {
                let chunks = pieces(length, of: chunkPositions)
                let (partials, stride) = statistics(reference, x, chunkPositions, partChannels, memory)
                a.partials = UnsafePointer(partials)
                a.partials_batch_stride = stride
                (a.chunk_positions, a.chunks) = (chunkPositions, chunks)
                a.part_channels = partChannels
            }
        }
        a.activation = Int(activation.rawValue)
        (a.tile_positions, a.position_tiles) = (tilePositions, pieces(length, of: tilePositions))
        (a.tile_channels, a.channel_tiles) = (tileChannels, pieces(width, of: tileChannels))
        a.scratch_bytes = 32 * tileChannels

        let expected = compute(reference, a, memory)
        if let failure = expected.failure { return ["reference: \(failure)"] }
        let moments = groups == 0 ? nil : statistics(reference, x, length, width, memory).partials
        return collect(implementations, memory) { table in
            let got = compute(table, a, memory)
            return got.failure
                ?? difference(got.y, expected.y, count) { tolerance($0, a, moments, expected.y) }
                ?? paddingFailure(got.y, expected.y)
        }
    }

    // MARK: - Run

    private func strides(_ operand: Broadcast) -> (Int, Int) {
        let elements = elements(operand)
        return (elements * width, elements == 1 ? 0 : width)
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
        let failure = run(
            table.combine, a, tiles: batch * (a.position_tiles * a.channel_tiles),
            output: place == .apart ? Output(y, count) : nil, scratchBytes: 32 * tileChannels, in: memory)
        return (y, failure)
    }

    /// The partials of x by chunks and, where there is one group, parts of channels, and their batch stride.
    private func statistics(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ chunkPositions: Int, _ partChannels: Int,
        _ memory: CheckMemory
    ) -> (partials: UnsafeMutablePointer<Double>, batchStride: Int) {
        let chunks = pieces(length, of: chunkPositions)
        let elements = elements(.x)
        var a = statistics_arguments()
        a.x = x
        (a.position_stride, a.batch_stride) = strides(.x)
        (a.length, a.channels, a.groups) = (length, channels, groups)
        (a.chunk_positions, a.chunks) = (chunkPositions, chunks)
        let tileChannels = groups == 1 ? partChannels : width
        (a.tile_channels, a.channel_tiles) = (tileChannels, pieces(channels, of: tileChannels))
        let parts = groups == 1 ? a.channel_tiles : groups
        a.partials = memory.doubles(elements * chunks * parts * 2)
        a.scratch_bytes = 16 * width
        let scratch = memory.bytes(16 * width)
        for tile in 0..<elements * chunks * a.channel_tiles { table.statistics(&a, tile, scratch) }
        return (a.partials, elements == 1 ? 0 : chunks * parts * 2)
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
        var sum = abs(Double(expected[i])) + abs(value)
        if hasResidual { sum += 1 }
        if hasBias { sum += 1 }
        return error + 2 * roundoff * sum
    }

    /// The channels behind the last are zeros, except where a NaN of the statistics may reach them.
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
