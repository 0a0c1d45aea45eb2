import Checkpoint

extension Lowering {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, DownBlock1DNoSkip, DownBlock1D, AttnDownBlock1D, DownResnetBlock1D.
    mutating func downBlock(_ x: Value, _ block: DownBlock) throws(PlanningError) -> Value {
        switch block.body {
        case .convolutions(let down, let layers):
            // Without a resampler the time embedding's channels are in the sample's rows already.
            let y = try convolutionLayers(
                [try down.map { down throws(PlanningError) in try downsample1D(x, down) } ?? x], layers)
            skips.append(y)
            return y
        case .temporal(let blocks, let downsample):
            let y = try residualTemporalBlocks([x], blocks, addingToFirst: localFeatures.take())
            skips.append(y)
            guard let downsample else { return y }
            return try conv1D([y], downsample)
        }
    }

    /// ResConvBlocks, each followed by its attention where it has some.
    mutating func convolutionLayers(_ x: [Value], _ layers: [ConvolutionLayer]) throws(PlanningError) -> Value {
        var sources = x
        for layer in layers {
            var y = try resConvBlock(sources, layer.resnet)
            if let attention = layer.attention { y = try selfAttention1d(y, attention) }
            sources = [y]
        }
        return sources[0]
    }
}
