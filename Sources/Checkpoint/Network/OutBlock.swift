/// The block at the end. Source: diffusers 0.26.3, unet_1d_blocks.py, OutConv1DBlock, OutValueFunctionBlock.
package enum OutBlock: Sendable {
    /// conv₂(act(norm(conv₁(x)))).
    case convolutions(Conv1d, GroupNorm, Activation, Conv1d)
    /// linear₂(act(linear₁([x channel-major, e]))): one number a batch element. `values` are what x must have.
    case value(Linear, Activation, Linear, values: Int)

    /// - Parameter inputs: channels of x, with the block that gives them.
    init?(after inputs: (channels: Int, source: String), _ check: NetworkCheck) throws(CheckpointError) {
        let configuration = check.configuration
        let first = configuration.blockOutChannels[0]
        switch configuration.outBlockType {
        case .outConv1DBlock:
            let groups = configuration.normNumGroups ?? min(first / 4, 32)
            if groups < 1 || first % groups != 0 {
                throw .outNormGroups(file: check.file, groups: groups, channels: first)
            }
            try check.width(
                "out_block (OutConv1DBlock)", inputs.channels, expected: first, source: inputs.source)
            self = .convolutions(
                .same("out_block.final_conv1d_1", first, first),
                GroupNorm(name: "out_block.final_conv1d_gn", channels: first, groups: groups),
                try check.activation(),
                Conv1d(
                    name: "out_block.final_conv1d_2", inputs: first, outputs: configuration.outChannels, taps: 1))
        case .valueFunction:
            try check.timeMLP("out_block (ValueFunction)")
            let values = configuration.midChannels / 4
            if values == 0 || values % inputs.channels != 0 {
                throw .valueHeadWidth(file: check.file, channels: inputs.channels, values: values)
            }
            self = .value(
                Linear(name: "out_block.final_block.0", inputs: values + first, outputs: values / 2),
                try check.activation(),
                Linear(name: "out_block.final_block.2", inputs: values / 2, outputs: 1), values: values)
        case .other, nil: return nil
        }
    }

    package var tensors: [ExpectedTensor] {
        switch self {
        case .convolutions(let conv1, let norm, _, let conv2): conv1.tensors + norm.tensors + conv2.tensors
        case .value(let linear1, _, let linear2, _): linear1.tensors + linear2.tensors
        }
    }
}
