import Checkpoint

extension PlanBuilder {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, OutConv1DBlock, OutValueFunctionBlock.
    mutating func outBlock(_ x: Value) throws(PlanningError) -> Value {
        switch configuration.outBlockType {
        case .outConv1DBlock:
            var y = try conv5(
                [x], "out_block.final_conv1d_1", out: x.channels, normGroups: configuration.outNormGroups,
                place: .output)
            y = try combine(
                y, name: "out_block.final_conv1d_act",
                norm: NormWeights(name: "out_block.final_conv1d_gn", groups: configuration.outNormGroups),
                activation: configuration.actFn)
            return try conv1D(
                [y], ConvolutionWeights(name: "out_block.final_conv1d_2", outputs: configuration.outChannels), taps: 1)
        case .valueFunction:
            return try valueFunction(x)
        case .other, nil:
            return x
        }
    }

    /// Linear(act(Linear([x channel-major, e]))): one number a batch element.
    private mutating func valueFunction(_ x: Value) throws(PlanningError) -> Value {
        guard let embedding = time.projected else {
            throw .configuration("ValueFunction reads the time MLP's result; set use_timestep_embedding to true")
        }
        guard embedding.batch == x.batch else {
            throw .timestepCount(found: embedding.batch, batch: x.batch, block: "ValueFunction")
        }
        let expected = configuration.midChannels / 4
        guard x.channels * x.length == expected else {
            throw .valueWidth(
                found: x.channels * x.length, expected: expected, sampleLength: shape.length, remedy: lengthRemedy)
        }
        let rows = try flatten(x, embedding)
        let hidden = try linear(
            rows, ConvolutionWeights(name: "out_block.final_block.0", outputs: configuration.midChannels / 8))
        let active = try combine(hidden, name: "out_block.final_block.1", activation: configuration.actFn)
        return try linear(active, ConvolutionWeights(name: "out_block.final_block.2", outputs: 1))
    }
}
