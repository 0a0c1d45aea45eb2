import Checkpoint
import KernelDispatch

/// The identifier of a plan: 64 bits of FNV-1a over everything that decides bits: each operation's name, shapes,
/// weights and kernel arguments (groups, tiles, chunks, strides), the instruction set, the accuracy and the precision.
enum PlanDigest {
    /// Changes whenever a kernel or the lowering changes the bits of some result.
    static let kernelGeneration = 10

    static func identifier(
        network: Network, shape: ForwardShape, implementation: Implementation, accuracy: Accuracy,
        precision: Precision, operations: [Plan.Operation], shortLevels: Int?
    ) -> String {
        let configuration = network.configuration
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        add("\(kernelGeneration) \(implementation.name) \(accuracy.rawValue) \(precision.rawValue)")
        if precision == .bf16 { add("products of bfloat16 \(implementation.multipliesBFloat)") }
        add("\(shape.batch) \(shape.length) \(shape.timesteps) \(network.fourierFrequencies)")
        add(
            """
            \(configuration.timeEmbeddingType.rawValue) \(configuration.flipSinToCos) \(configuration.freqShift) \
            \(configuration.useTimestepEmbedding) \(configuration.actFn?.rawValue ?? "none")
            """)
        if let shortLevels { add("short \(shortLevels)") }
        for operation in operations {
            for byte in operation.calls.lazy.flatMap(\.arguments) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            add(
                """
                \(operation.name) \(operation.kind.rawValue) \(operation.inputShape) \(operation.outputShape) \
                \(operation.tileCount) \(operation.follower?.name ?? "")
                """)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
