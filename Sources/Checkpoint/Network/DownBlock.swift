/// A level of the down path. Source: diffusers 0.26.3, unet_1d_blocks.py, DownBlock1DNoSkip, DownBlock1D,
/// AttnDownBlock1D, DownResnetBlock1D.
package struct DownBlock: Sendable {
    package enum Body: Sendable {
        /// FIR downsampling where there is some, then residual convolutions; the result is the skip.
        case convolutions(down: FIRResampler?, [ConvolutionLayer])
        /// Residual temporal blocks, whose result is the skip, then a strided convolution where there is one.
        case temporal([ResidualTemporalBlock1D], downsample: Conv1d?)
    }

    package let name: String
    package let type: DownBlockType
    /// Channels that it passes on, which are those of its skip.
    package let outputs: Int
    package let body: Body

    init(_ index: Int, in inputs: Int, _ check: NetworkCheck) throws(CheckpointError) {
        let configuration = check.configuration
        let type = configuration.downBlockTypes[index]
        let out = configuration.blockOutChannels[index]
        let name = "down_blocks.\(index)"
        let label = "\(name) (\(type.rawValue))"
        (self.name, self.type, outputs) = (name, type, out)
        switch type {
        case .downBlock1DNoSkip: try check.noSkip(name, isFirst: index == 0)
        case .downBlock1D: break
        case .attnDownBlock1D: try check.attention(label, out)
        case .downResnetBlock1D: try check.residualTemporal(label, out)
        }
        if type == .downResnetBlock1D {
            let downsamples = index != configuration.blockOutChannels.count - 1 || configuration.downsampleEachBlock
            body = .temporal(
                ResidualTemporalBlock1D.blocks(name, in: inputs, out: out, configuration),
                downsample: downsamples ? .halving(name + ".downsample.conv", out) : nil)
        } else {
            body = .convolutions(
                down: type == .downBlock1DNoSkip ? nil : FIRResampler(block: name, direction: .down),
                ConvolutionLayer.layers(
                    name, count: 3, in: inputs, mid: out, out: out, attends: type == .attnDownBlock1D))
        }
    }

    package var tensors: [ExpectedTensor] {
        switch body {
        case .convolutions(let down, let layers): (down?.tensors ?? []) + layers.flatMap(\.tensors)
        case .temporal(let blocks, let downsample): blocks.flatMap(\.tensors) + (downsample?.tensors ?? [])
        }
    }
}
