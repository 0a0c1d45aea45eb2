extension Session {
    /// One forward of a tensor: `try session(sample, timestep: Timestep([10])).sample`. Selects the sample's shape.
    ///
    /// Allocates the output and nothing else; blocks on nothing but its own workers. `forward` does not even allocate.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), of a shape that the session is prepared for.
    ///   - timestep: as many entries as that shape has timesteps.
    /// - Throws: `UNet1DError.shape`.
    public mutating func callAsFunction(
        _ sample: Tensor, timestep: Timestep
    ) throws(UNet1DError) -> UNet1DOutput {
        try select(
            try sample.forwardShape(
                plan.layoutOfSample, channels: preparation.model.sampleChannels, timestep: timestep))
        guard isConditioned else {
            throw .shape(found: "no condition", expected: "that of \(plan.shape): call setCondition before a forward")
        }
        var output = [Float](repeating: 0, count: plan.outputCount)
        var span = output.mutableSpan
        forward(sample: sample.scalars.span, timestep: timestep, output: &span)
        return UNet1DOutput(sample: Tensor(unchecked: output, shape: plan.outputShape))
    }
}
