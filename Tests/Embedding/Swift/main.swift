import UNet1D

func denoise(_ folder: String) throws {
    // A checkpoint as diffusers saved it, or a pipeline folder with unet/ in it.
    let model = try UNet1DModel(directory: folder)

    // What a forward needs is known before anything is allocated.
    let shape = ForwardShape(batch: 1, length: 512, timesteps: 1)
    let plan = try model.plan(shape)
    print("arena: \(plan.arenaBytes) bytes, weights: \(plan.weightBytes) bytes, plan \(plan.id)")

    // Threads and memory are made here; sessions may share a pool.
    let pool = try WorkerPool(workers: Topology.current.usableCores)
    var session = try Session(model: model, shape: shape, pool: pool)

    // From here on nothing allocates, locks or throws.
    let sample = [Float](repeating: 0.1, count: plan.sampleCount)
    var output = [Float](repeating: 0, count: plan.outputCount)
    var span = output.mutableSpan
    for step in 1...4 {
        session.forward(sample: sample.span, timestep: Timestep(1 - Float(step) / 4), output: &span)
    }
    print("first value: \(output[0])")

    // As in diffusers, where allocating does no harm: makes a session and drops it.
    let once = try model(Tensor(sample, shape: plan.sampleShape), timestep: .tensor([0.0])).sample
    print("shape: \(once.shape), the same bits: \(once.scalars == output)")
}

try denoise(CommandLine.arguments[1])
