/// A level of the up path: it joins x and the latest skip that is left. Source: diffusers 0.26.3, unet_1d_blocks.py,
/// UpBlock1D, UpBlock1DNoSkip, AttnUpBlock1D, UpResnetBlock1D.
package struct UpBlock: Sendable {
    package enum Body: Sendable {
        /// Residual convolutions, then FIR upsampling where there is some.
        case convolutions([ConvolutionLayer], up: FIRResampler?)
        /// Residual temporal blocks, then a transposed convolution where there is one.
        case temporal([ResidualTemporalBlock1D], upsample: ConvTranspose1d?)
    }

    package let name: String
    package let type: UpBlockType
    /// Channels that it passes on.
    package let outputs: Int
    package let body: Body

    /// - Parameters:
    ///   - inputs: channels of x, with the block that gives them.
    ///   - skip: the down block whose skip it takes.
    init(
        _ index: Int, in inputs: (channels: Int, source: String), skip: DownBlock, _ check: NetworkCheck
    ) throws(CheckpointError) {
        let configuration = check.configuration
        let type = configuration.upBlockTypes[index]
        let name = "up_blocks.\(index)"
        let label = "\(name) (\(type.rawValue))"
        // The width that it is built for follows from the levels, whatever it is given.
        let widths = Array(configuration.blockOutChannels.reversed())
        let isLast = index == configuration.upBlockTypes.count - 1
        let mid = index == 0 ? widths[0] : widths[index]
        let out =
            !isLast
            ? widths[index + 1]
            : configuration.outBlockType == nil ? configuration.outChannels : configuration.blockOutChannels[0]
        (self.name, self.type, outputs) = (name, type, out)
        try check.width(label, inputs.channels, expected: mid, source: inputs.source)
        try check.width(label, skip.outputs, expected: mid, source: "the skip of \(skip.name)")
        switch type {
        case .upBlock1D, .upBlock1DNoSkip: break
        case .attnUpBlock1D: try check.attention(label, out)
        case .upResnetBlock1D: try check.residualTemporal(label, out)
        }
        if type == .upResnetBlock1D {
            body = .temporal(
                ResidualTemporalBlock1D.blocks(name, in: 2 * mid, out: out, configuration, readsSkip: true),
                upsample: index == configuration.blockOutChannels.count - 1
                    ? nil : ConvTranspose1d(name: name + ".upsample.conv", channels: out))
        } else {
            let attends = type == .attnUpBlock1D
            body = .convolutions(
                ConvolutionLayer.layers(
                    name, count: 3, in: 2 * mid, mid: attends ? out : mid, out: out, attends: attends,
                    endsPlain: type == .upBlock1DNoSkip, readsSkip: true),
                up: type == .upBlock1DNoSkip ? nil : FIRResampler(block: name, direction: .up))
        }
    }

    package var tensors: [ExpectedTensor] {
        switch body {
        case .convolutions(let layers, let up): layers.flatMap(\.tensors) + (up?.tensors ?? [])
        case .temporal(let blocks, let upsample): blocks.flatMap(\.tensors) + (upsample?.tensors ?? [])
        }
    }
}
