import Checkpoint
public import UNet1D

/// One forward of a model on a file's tensors.
public struct FileForward: Sendable {
    /// The output, row-major.
    public let output: [Float]
    /// The output's shape.
    public let shape: [Int]

    /// Plans, makes a session and runs one forward.
    ///
    /// - Throws: what planning, memory and workers throw.
    public static func run(
        _ file: ForwardFile, model: UNet1DModel, compute: Compute, progress: Progress
    ) throws(BenchError) -> FileForward {
        let plan = try file.plan(model, options: compute.options)
        try AvailableMemory.check(plan, workers: compute.threads, subject: file.path)
        let pool = try compute.makePool()
        progress.say("packing weights")
        var session = try library { () throws(UNet1DError) in
            try Session(model: model, shape: plan.shape, pool: pool, options: file.options(compute.options))
        }
        progress.say("running")
        session.set(try file.condition(plan))
        var output = [Float](repeating: 0, count: plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: file.sample.span, timestep: file.timestep, output: &span)
        return FileForward(output: output, shape: plan.outputShape)
    }

    /// Writes the output as tensor `sample` to a new file that then takes the place of `path`.
    ///
    /// - Throws: `BenchError.file`.
    public func write(to path: String) throws(BenchError) {
        try files { () throws(CheckpointError) in
            try SafetensorsWriter.write([WritableTensor(name: "sample", shape: shape, values: output)], to: path)
        }
    }
}
