import Checkpoint

extension Lowering {
    /// Takes the latest skip, read in place beside x.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, UpBlock1D, UpBlock1DNoSkip, AttnUpBlock1D, UpResnetBlock1D.
    mutating func upBlock(_ x: Value, _ block: UpBlock) throws(PlanningError) -> Value {
        // A network has no more up blocks than down blocks.
        let skip = skips.removeLast()
        guard x.batch == skip.batch else {
            throw .skipBatchMismatch(block: block.name, batch: x.batch, skipBatch: skip.batch)
        }
        guard x.length == skip.length else {
            throw .skipMismatch(
                block: block.name, length: x.length, skipLength: skip.length, sampleLength: shape.length,
                remedy: lengthRemedy)
        }
        switch block.body {
        case .convolutions(let layers, let up):
            let y = try convolutionLayers([x, skip], layers)
            guard let up else { return y }
            return try upsample1D(y, up)
        case .temporal(let blocks, let upsample):
            let y = try residualTemporalBlocks([x, skip], blocks)
            guard let upsample else { return y }
            return try convTranspose1D(y, upsample)
        }
    }
}
