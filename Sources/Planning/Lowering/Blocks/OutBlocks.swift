import Checkpoint

extension Lowering {
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, OutConv1DBlock, OutValueFunctionBlock.
    mutating func outBlock(_ x: Value, _ block: OutBlock) throws(PlanningError) -> Value {
        switch block {
        case .convolutions(let conv1, let norm, let activation, let conv2):
            let y = try convSame([x], conv1, place: .output)
            return try conv1D(
                [try combine(y, name: network.nameOfOutActivation, norm: norm, activation: activation)], conv2)
        case .value(let linear1, let activation, let linear2, let values):
            let hidden = try linear(try flattened(x, values: values), linear1)
            return try linear(
                try combine(hidden, name: "out_block.final_block.1", activation: activation), linear2)
        }
    }

    /// One row a batch element: the `values` of x channel-major, then the time MLP's result, one for each element.
    private mutating func flattened(_ x: Value, values: Int) throws(PlanningError) -> Value {
        guard let embedding = time.projected, embedding.batch == x.batch else {
            throw .timestepCount(found: shape.timesteps, batch: x.batch, block: "ValueFunction")
        }
        guard x.channels * x.length == values else {
            throw .valueWidth(
                found: x.channels * x.length, expected: values, sampleLength: shape.length, remedy: lengthRemedy)
        }
        return try flatten(x, embedding)
    }
}
