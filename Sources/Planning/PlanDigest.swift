import Checkpoint
import KernelDispatch

/// The identifier of a plan: 64 bits of FNV-1a over everything that decides bits: each operation's name, shapes,
/// weights and kernel arguments (groups, tiles, chunks, strides), the instruction set, the accuracy and the precision.
enum PlanDigest {
    /// Changes whenever a kernel or the lowering changes the bits of some result.
    static let kernelGeneration = 11

    static func identifier(
        network: Network, shape: ForwardShape, implementation: Implementation, accuracy: Accuracy,
        precision: Precision, operations: [Plan.Operation], shortLevels: Int?
    ) -> String {
        let configuration = network.configuration
        var hash = FNV1a()
        hash.add("\(kernelGeneration) \(implementation.name) \(accuracy.rawValue) \(precision.rawValue)")
        if precision == .bf16 { hash.add("products of bfloat16 \(implementation.multipliesBFloat)") }
        hash.add("\(shape.batch) \(shape.length) \(shape.timesteps) \(network.fourierFrequencies)")
        hash.add(
            """
            \(configuration.timeEmbeddingType.rawValue) \(configuration.flipSinToCos) \(configuration.freqShift) \
            \(configuration.useTimestepEmbedding) \(configuration.actFn?.rawValue ?? "none")
            """)
        if let shortLevels { hash.add("short \(shortLevels)") }
        for operation in operations {
            for byte in operation.calls.lazy.flatMap(\.arguments) { hash.add(byte) }
            hash.add(
                """
                \(operation.name) \(operation.kind.rawValue) \(operation.inputShape) \(operation.outputShape) \
                \(operation.tileCount) \(operation.follower?.name ?? "")
                """)
        }
        return hash.digits
    }
}
