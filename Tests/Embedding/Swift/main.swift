import UNet1D

let model = try UNet1DModel(directory: CommandLine.arguments[1])  // what `save_pretrained` wrote
let pool = try WorkerPool(workers: Topology.current.usableCores)
var session = try Session(model: model, shape: ForwardShape(batch: 1, length: 512), pool: pool)
let sample = [Float](repeating: 0.1, count: session.plan.sampleCount)
var output = [Float](repeating: 0, count: session.plan.outputCount)
let steps = (1...4).map { Timestep(1 - Float($0) / 4) }
for step in steps {  // nothing in this loop allocates, locks or throws
    var span = output.mutableSpan
    session.forward(sample: sample.span, timestep: step, output: &span)
}
let once = try model(Tensor(sample, shape: session.plan.sampleShape), timestep: steps[3]).sample  // as in diffusers
print("first value: \(output[0]), shape: \(once.shape), the same bits: \(once.scalars == output)")
