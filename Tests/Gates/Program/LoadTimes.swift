import ArgumentParser
import CKernels
import Checkpoint
import Glibc
import KernelDispatch
import Planning
import UNet1D

/// How long a load takes, packing for a shape included, and the most memory that it needs: a line of JSON for
/// `Benchmarks/Peers/loading`.
struct LoadTimes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-times", abstract: "Prints the time and the memory of a load.")

    @Argument(help: "A checkpoint.")
    var model: String
    @Argument(help: "Positions.")
    var length: Int
    @Flag(help: "Time packing alone: all tensors are in memory before.")
    var packing = false

    func run() throws {
        var start = Moment()
        let model = try UNet1DModel(directory: model)
        let plan = try model.plan(ForwardShape(batch: 1, length: length))
        if packing {
            let store = WeightStore(source: try TensorsInMemory(self.model))
            start = Moment()
            try store.pointers(for: plan)
        } else {
            try model.packWeights(for: plan)
        }
        let end = Moment()
        print(
            #"{"seconds": \#(end.seconds - start.seconds), "#
                + #""processor_seconds": \#(end.processorSeconds - start.processorSeconds), "#
                + #""peak_rss_bytes": \#(peakBytes()), "weights_bytes": \#(plan.weightBytes)}"#)
    }
}

/// A time, and the processor time of this process up to it.
private struct Moment {
    let seconds = now()
    let processorSeconds = now(CLOCK_PROCESS_CPUTIME_ID)
}

/// All tensors of a checkpoint as floats in memory.
private struct TensorsInMemory: WeightSource {
    private let tensors: [String: [Float]]

    init(_ model: String) throws {
        let files = try ModelDirectory(model).open()
        let weights = CheckpointWeights(files.tensors)
        tensors = try Dictionary(
            uniqueKeysWithValues: files.expectedTensors.map { tensor in
                var floats = [Float](repeating: 0, count: tensor.count)
                try floats.withUnsafeMutableBufferPointer {
                    try weights.read(tensor.name, into: $0, kernels: Implementation.best.table)
                }
                return (tensor.name, floats)
            })
    }

    func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        guard let values = tensors[tensor] else { throw .noSuchTensor(file: "memory", tensor: tensor) }
        _ = floats.update(fromContentsOf: values)
    }

    func write(_ tensor: String, to sink: TensorSink, kernels: kernel_table) throws(CheckpointError) {
        guard let values = tensors[tensor] else { throw .noSuchTensor(file: "memory", tensor: tensor) }
        try sink.write(values.span)
    }
}
