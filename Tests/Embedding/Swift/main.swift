import UNet1D

let model = try UNet1DModel(directory: CommandLine.arguments[1])  // what `save_pretrained` wrote
let pool = try WorkerPool(workers: Topology.current.usableCores)
var session = try Session(model: model, shape: ForwardShape(batch: 1, length: 512), pool: pool)
let sample = [Float](repeating: 0.1, count: session.plan.sampleCount)
var output = [Float](repeating: 0, count: session.plan.outputCount)
for step in 1...4 {  // from here on nothing allocates, locks or throws
    var span = output.mutableSpan
    session.forward(sample: sample.span, timestep: Timestep(1 - Float(step) / 4), output: &span)
}
// As in diffusers: one call, which makes a session and drops it.
let once = try model(Tensor(sample, shape: session.plan.sampleShape), timestep: .tensor([0.0])).sample
print("first value: \(output[0]), shape: \(once.shape), the same bits: \(once.scalars == output)")
