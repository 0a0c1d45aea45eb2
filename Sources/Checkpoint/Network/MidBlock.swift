/// The block between the down and the up path. Source: diffusers 0.26.3, unet_1d_blocks.py, UNetMidBlock1D,
/// MidResTemporalBlock1D, ValueFunctionMidBlock1D.
package struct MidBlock: Sendable {
    package enum Body: Sendable {
        /// FIR downsampling, residual convolutions with attention, FIR upsampling.
        case convolutions(down: FIRResampler, [ConvolutionLayer], up: FIRResampler)
        /// Residual temporal blocks, each followed by a strided convolution where there is one.
        case temporal([(block: ResidualTemporalBlock1D, downsample: Conv1d?)])
    }

    package let name: String
    /// Channels that it passes on.
    package let outputs: Int
    package let body: Body

    init(after last: DownBlock?, _ check: NetworkCheck) throws(CheckpointError) {
        let (name, configuration) = ("mid_block", check.configuration)
        self.name = name
        let width = configuration.midChannels
        let label = "\(name) (\(configuration.midBlockType.rawValue))"
        if let last {
            try check.width(label, last.outputs, expected: width, source: "\(last.name), the last down block,")
        }
        switch configuration.midBlockType {
        case .unetMidBlock1D:
            try check.attention(label, width)
            outputs = width
            body = .convolutions(
                down: FIRResampler(block: name, direction: .down),
                ConvolutionLayer.layers(name, count: 6, in: width, mid: width, out: width, attends: true),
                up: FIRResampler(block: name, direction: .up))
        case .midResTemporalBlock1D:
            try check.residualTemporal(label, width)
            try check.midDownsampling()
            let blocks = ResidualTemporalBlock1D.blocks(name, in: width, out: width, configuration)
            outputs = width
            body = .temporal(
                blocks.indices.map { i in
                    let downsamples = configuration.downsampleEachBlock && i == blocks.count - 1
                    return (blocks[i], downsamples ? .halving(name + ".downsample.conv", width) : nil)
                })
        case .valueFunctionMidBlock1D:
            var (blocks, inputs) = ([(block: ResidualTemporalBlock1D, downsample: Conv1d?)](), width)
            for (i, out) in [width / 2, width / 4].enumerated() {
                try check.residualTemporal("\(label) res\(i + 1)", out)
                let block = ResidualTemporalBlock1D(
                    "\(name).res\(i + 1)", in: inputs, out: out, timeWidth: configuration.blockOutChannels[0])
                blocks.append((block, .halving("\(name).down\(i + 1).conv", out)))
                inputs = out
            }
            outputs = inputs
            body = .temporal(blocks)
        }
    }

    package var tensors: [ExpectedTensor] {
        switch body {
        case .convolutions(let down, let layers, let up): down.tensors + layers.flatMap(\.tensors) + up.tensors
        case .temporal(let blocks): blocks.flatMap { $0.block.tensors + ($0.downsample?.tensors ?? []) }
        }
    }
}
