public import Workers

extension UNet1DModel {
    /// One forward, as in diffusers: `try model(sample, timestep: Timestep([10])).sample`.
    ///
    /// For scripts and tests. Each call makes a session and drops it: it plans, maps and touches all memory of the
    /// forward, and allocates the output. The packed weights stay for later sessions; the first call reads them from
    /// the disk. Use a ``Session`` for many forwards of one shape.
    ///
    /// Blocks on the disk, and on other threads that pack weights of this model.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length); (batch, length, channels) of a robot policy's.
    ///   - timestep: one entry, or one for each batch element.
    ///   - globalCond: (batch, width), the observation of a robot policy; nil: the model reads none.
    ///   - localCond: (batch, length, width), another of such a policy; nil: the model reads none, or
    ///     `options.localCondition` is false.
    ///   - options: instruction set, accuracy, memory.
    ///   - pool: the workers; nil: the caller alone. Decides no bits.
    /// - Throws: any `UNet1DError`; `UNet1DError.shape` for a sample of other dimensions or channels,
    ///   `UNet1DError.planning` for a shape that the reference would raise for.
    public func callAsFunction(
        _ sample: Tensor, timestep: Timestep, globalCond: Tensor? = nil, localCond: Tensor? = nil,
        options: Session.Options = Session.Options(), pool: WorkerPool? = nil
    ) throws(UNet1DError) -> UNet1DOutput {
        let shape = try sample.forwardShape(network.layout, channels: sampleChannels, timestep: timestep)
        let workers =
            if let pool { pool } else { try rethrowing(WorkerPool(workers: 1), as: UNet1DError.workers) }
        var session = try Session(model: self, shape: shape, pool: workers, options: options)
        let conditions = session.plan.conditionShapes
        for (name, found, expected) in [
            ("global", globalCond?.shape, conditions.global), ("local", localCond?.shape, conditions.local),
        ] where found != expected {
            throw .shape(
                found: found.map { "a \(name) condition of shape \(Tensor.text($0))" } ?? "no \(name) condition",
                expected: expected.map {
                    Tensor.text($0) + (name == "local" ? "; or options.localCondition false, where there is none" : "")
                } ?? "none, as the model reads none")
        }
        if !conditions.isEmpty {
            let (global, local) = (globalCond?.scalars ?? [], localCond?.scalars ?? [])
            session.setCondition(global: global.span, local: local.span)
        }
        return try session(sample, timestep: timestep)
    }
}
