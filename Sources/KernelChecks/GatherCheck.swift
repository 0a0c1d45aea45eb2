import CKernels
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
            + "\(sharesSample), shared embedding \(sharesEmbedding), tiles of \(tilePositions), position padding \(positionPadding)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let width = paddedChannels(channels + embeddingChannels)
        let positionStride = batch * width + positionPadding
        let count = length * positionStride
        var a = gather_arguments()
        a.position_stride = positionStride
        let sample = memory.uniform((sharesSample ? 1 : batch) * channels * length, seed: 1, alignment: 4)
        sample[0] = .nan
        a.sample = UnsafePointer(sample)
        a.sample_batch_stride = sharesSample ? 0 : channels * length
        a.channels = channels
        if embeddingChannels > 0 {
            a.embedding = UnsafePointer(
                memory.rows(sharesEmbedding ? 1 : batch, channels: embeddingChannels, seed: 2))
            a.embedding_stride = sharesEmbedding ? 0 : paddedChannels(embeddingChannels)
            a.embedding_channels = embeddingChannels
        }
        (a.padded_channels, a.batch, a.length) = (width, batch, length)
        a.tile_positions = tilePositions
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.y = memory.floats(count)
            let tiles = pieces(length, of: tilePositions)
            return (a.y, run(table.gather, a, tiles: tiles, output: Output(a.y, count), in: memory))
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
    package var tilePositions: Int
    /// Floats between positions.
    package var positionPadding = 0

    package init(length: Int, channels: Int, tilePositions: Int) {
        self.length = length
        self.channels = channels
        self.tilePositions = tilePositions
    }

    package var description: String {
        "scatter of \(length) positions, batch \(batch), \(channels) channels, tiles of \(tilePositions), position padding \(positionPadding)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let count = batch * channels * length
        let width = paddedChannels(channels)
        let positionStride = batch * width + positionPadding
        // Whole rows between positions, where there is padding.
        let x = memory.rows(
            length * batch + pieces(length * positionPadding, of: width), channels: channels, seed: 1)
        x[0] = .nan
        var a = scatter_arguments()
        (a.x, a.position_stride) = (UnsafePointer(x), positionStride)
        (a.padded_channels, a.channels) = (width, channels)
        (a.batch, a.length, a.tile_positions) = (batch, length, tilePositions)
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.output = memory.floats(count, alignment: 4)
            let tiles = pieces(length, of: tilePositions)
            return (a.output, run(table.scatter, a, tiles: tiles, output: Output(a.output, count), in: memory))
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
        let stride = paddedChannels(channels * length + embeddingChannels)
        let embeddingStride = paddedChannels(embeddingChannels)
        let width = paddedChannels(channels)
        let positionStride = batch * width + positionPadding
        // Whole rows between positions, where there is padding.
        let x = memory.rows(
            length * batch + pieces(length * positionPadding, of: width), channels: channels, seed: 1)
        x[0] = .nan
        var a = flatten_arguments()
        (a.x, a.position_stride) = (UnsafePointer(x), positionStride)
        (a.padded_channels, a.channels) = (width, channels)
        (a.batch, a.length) = (batch, length)
        a.embedding = UnsafePointer(memory.rows(batch, channels: embeddingChannels, seed: 2))
        (a.embedding_stride, a.embedding_channels) = (embeddingStride, embeddingChannels)
        a.y_stride = stride
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
