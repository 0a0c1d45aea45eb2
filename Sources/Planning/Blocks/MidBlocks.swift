import Checkpoint

extension PlanBuilder {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, UNetMidBlock1D, MidResTemporalBlock1D, ValueFunctionMidBlock1D.
    mutating func midBlock(_ x: Value) throws(PlanningError) -> Value {
        let name = "mid_block"
        let channels = configuration.midChannels
        switch configuration.midBlockType {
        case .unetMidBlock1D:
            let y = try resConvBlocks(
                [try downsample1D(x, name)], name, count: 6, mid: channels, out: channels, attention: true)
            return try upsample1D(y, name)
        case .midResTemporalBlock1D:
            let y = try residualTemporalBlocks([x], name, out: channels)
            return configuration.midDownsamples ? try strideTwo(y, name + ".downsample.conv") : y
        case .valueFunctionMidBlock1D:
            var y = try residualTemporalBlock1D([x], name + ".res1", out: channels / 2)
            y = try strideTwo(y, name + ".down1.conv")
            y = try residualTemporalBlock1D([y], name + ".res2", out: channels / 4)
            return try strideTwo(y, name + ".down2.conv")
        }
    }
}
