import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// The sample and the embedding into rows.
package struct GatherCheck: KernelCheck {
    package var length: Int
    package var batch = 1
    package var channels: Int
    /// 0 for no embedding.
    package var embeddingChannels = 0
    package var sharesSample = false
    /// Whether the sample is (batch, length, channels).
    package var isPositionsFirst = false
    package var sharesEmbedding = false
    package var tilePositions: Int
    /// Floats between positions.
    package var positionPadding = 0

    package init(length: Int, channels: Int, tilePositions: Int) {
        self.length = length
        self.channels = channels
        self.tilePositions = tilePositions
    }

    package var description: String {
        "gather of \(length) positions, batch \(batch), \(channels)+\(embeddingChannels) channels, shared sample "
            + "\(sharesSample), positions first \(isPositionsFirst), shared embedding \(sharesEmbedding), tiles of \(tilePositions), position padding \(positionPadding)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let width = padded(channels + embeddingChannels)
        let positionStride = batch * width + positionPadding
        let count = length * positionStride
        var a = gather_arguments(
            channels: channels, embeddingChannels: embeddingChannels, y: positionStride, batch: batch, length: length,
            sampleStride: sharesSample ? 0 : nil, isPositionsFirst: isPositionsFirst,
            embeddingStride: sharesEmbedding ? 0 : padded(embeddingChannels),
            tilePositions: tilePositions)
        let sample = memory.uniform((sharesSample ? 1 : batch) * channels * length, seed: 1, alignment: 4)
        sample[0] = .nan
        a.sample = UnsafePointer(sample)
        if embeddingChannels > 0 {
            a.embedding = UnsafePointer(
                memory.rows(sharesEmbedding ? 1 : batch, channels: embeddingChannels, seed: 2))
        }
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.y = memory.floats(count)
            return (a.y, run(table.gather, a, tiles: a.tiles, output: Output(a.y, count), in: memory))
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { table in
            let got = compute(table)
            return got.failure ?? difference(got.y, expected.y, count)
        }
    }
}

/// Rows into the output.
package struct ScatterCheck: KernelCheck {
    package var length: Int
    package var batch = 1
    package var channels: Int
    /// Whether the output is (batch, length, channels).
    package var isPositionsFirst = false
    package var tilePositions: Int
    /// Floats between positions.
    package var positionPadding = 0

    package init(length: Int, channels: Int, tilePositions: Int) {
        self.length = length
        self.channels = channels
        self.tilePositions = tilePositions
    }

    package var description: String {
        "scatter of \(length) positions, batch \(batch), \(channels) channels, positions first \(isPositionsFirst), "
            + "tiles of \(tilePositions), position padding \(positionPadding)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let count = batch * channels * length
        let width = padded(channels)
        let positionStride = batch * width + positionPadding
        // Whole rows between positions, where there is padding.
        let x = memory.rows(
            length * batch + ceilDivide(length * positionPadding, width), channels: channels, seed: 1)
        x[0] = .nan
        var a = scatter_arguments(
            RowStrides(position: positionStride, row: width), channels: channels, batch: batch, length: length,
            isPositionsFirst: isPositionsFirst, tilePositions: tilePositions)
        a.x = UnsafePointer(x)
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.output = memory.floats(count, alignment: 4)
            return (a.output, run(table.scatter, a, tiles: a.tiles, output: Output(a.output, count), in: memory))
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { table in
            let got = compute(table)
            return got.failure ?? difference(got.y, expected.y, count)
        }
    }
}

/// Rows and the embedding into one feature vector.
package struct FlattenCheck: KernelCheck {
    package var length: Int
    package var batch = 1
    package var channels: Int
    package var embeddingChannels: Int
    /// Floats between positions.
    package var positionPadding = 0

    package init(length: Int, channels: Int, embeddingChannels: Int) {
        self.length = length
        self.channels = channels
        self.embeddingChannels = embeddingChannels
    }

    package var description: String {
        "flatten of \(length) positions, batch \(batch), \(channels) channels, embedding of \(embeddingChannels), position padding \(positionPadding)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let width = padded(channels)
        let positionStride = batch * width + positionPadding
        // Whole rows between positions, where there is padding.
        let x = memory.rows(
            length * batch + ceilDivide(length * positionPadding, width), channels: channels, seed: 1)
        x[0] = .nan
        var a = flatten_arguments(
            RowStrides(position: positionStride, row: width), channels: channels, batch: batch, length: length,
            embeddingStride: padded(embeddingChannels), embeddingChannels: embeddingChannels)
        let stride = a.y_stride
        a.x = UnsafePointer(x)
        a.embedding = UnsafePointer(memory.rows(batch, channels: embeddingChannels, seed: 2))
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.y = memory.floats(batch * stride)
            return (a.y, run(table.flatten, a, tiles: 1, output: Output(a.y, batch * stride), in: memory))
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { table in
            let got = compute(table)
            return got.failure ?? difference(got.y, expected.y, batch * stride)
        }
    }
}
