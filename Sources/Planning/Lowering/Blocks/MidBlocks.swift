import Checkpoint

extension Lowering {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, UNetMidBlock1D, MidResTemporalBlock1D, ValueFunctionMidBlock1D.
    mutating func midBlock(_ x: Value, _ block: MidBlock) throws(PlanningError) -> Value {
        switch block.body {
        case .convolutions(let down, let layers, let up):
            return try upsample1D(try convolutionLayers([try downsample1D(x, down)], layers), up)
        case .temporal(let blocks):
            var y = x
            for (block, downsample) in blocks {
                y = try residualTemporalBlock1D([y], block)
                if let downsample { y = try conv1D([y], downsample) }
            }
            return y
        }
    }
}
