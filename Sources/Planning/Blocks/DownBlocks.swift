import Checkpoint

extension PlanBuilder {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, DownBlock1DNoSkip, DownBlock1D, AttnDownBlock1D, DownResnetBlock1D.
    mutating func downBlock(_ x: Value, _ block: DownBlock) throws(PlanningError) -> Value {
        switch block.type {
        case .downBlock1DNoSkip:
            // The time embedding's channels are in the sample's rows already.
            let y = try resConvBlocks([x], block.name, count: 3, mid: block.outChannels, out: block.outChannels)
            skips.append(y)
            return y
        case .downBlock1D, .attnDownBlock1D:
            let y = try resConvBlocks(
                [try downsample1D(x, block.name)], block.name, count: 3, mid: block.outChannels,
                out: block.outChannels, attention: block.type == .attnDownBlock1D)
            skips.append(y)
            return y
        case .downResnetBlock1D:
            let y = try residualTemporalBlocks([x], block.name, out: block.outChannels)
            skips.append(y)
            guard block.downsamples else { return y }
            return try strideTwo(y, block.name + ".downsample.conv")
        }
    }

    /// `count` ResConvBlocks, the last to `out` channels, each followed by attention where `attention`.
    mutating func resConvBlocks(
        _ x: [Value], _ block: String, count: Int, mid: Int, out: Int, attention: Bool = false,
        lastHasNoNorm: Bool = false
    ) throws(PlanningError) -> Value {
        var sources = x
        for i in 0..<count {
            let isLast = i == count - 1
            var y = try resConvBlock(
                sources, "\(block).resnets.\(i)", mid: mid, out: isLast ? out : mid, isLast: isLast && lastHasNoNorm)
            if attention { y = try selfAttention1d(y, "\(block).attentions.\(i)") }
            sources = [y]
        }
        return sources[0]
    }

    /// The convolution of width 3, stride 2, padding 1. Source: diffusers 0.26.3, resnet.py, Downsample1D.
    mutating func strideTwo(_ x: Value, _ name: String) throws(PlanningError) -> Value {
        try conv1D([x], ConvolutionWeights(name: name, outputs: x.channels), taps: 3, stride: 2, padding: 1)
    }
}
