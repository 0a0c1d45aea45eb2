import Checkpoint

extension PlanBuilder {
    /// Takes the latest skip, read in place beside x.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, UpBlock1D, UpBlock1DNoSkip, AttnUpBlock1D, UpResnetBlock1D.
    mutating func upBlock(_ x: Value, _ block: UpBlock) throws(PlanningError) -> Value {
        guard let skip = skips.popLast() else {
            throw .configuration("\(block.name): more up blocks than down blocks; no skip is left for it")
        }
        guard x.batch == skip.batch else {
            throw .skipBatchMismatch(block: block.name, batch: x.batch, skipBatch: skip.batch)
        }
        guard x.length == skip.length else {
            throw .skipMismatch(
                block: block.name, length: x.length, skipLength: skip.length, sampleLength: shape.length,
                remedy: lengthRemedy)
        }
        guard x.channels == block.inChannels, skip.channels == block.inChannels else {
            throw .configuration(
                """
                \(block.name): its input has \(x.channels) channels and its skip \(skip.channels), but its weights \
                expect \(block.inChannels) of each
                """)
        }
        switch block.type {
        case .upBlock1D:
            let y = try resConvBlocks(
                [x, skip], block.name, count: 3, mid: block.inChannels, out: block.outChannels)
            return try upsample1D(y, block.name)
        case .upBlock1DNoSkip:
            return try resConvBlocks(
                [x, skip], block.name, count: 3, mid: block.inChannels, out: block.outChannels, lastHasNoNorm: true)
        case .attnUpBlock1D:
            let y = try resConvBlocks(
                [x, skip], block.name, count: 3, mid: block.outChannels, out: block.outChannels, attention: true)
            return try upsample1D(y, block.name)
        case .upResnetBlock1D:
            let y = try residualTemporalBlocks([x, skip], block.name, out: block.outChannels)
            guard block.upsamples else { return y }
            return try convTranspose1D(
                y, ConvolutionWeights(name: block.name + ".upsample.conv", outputs: block.outChannels))
        }
    }
}
