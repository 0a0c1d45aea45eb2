import CKernels
import KernelArguments

extension Plan {
    /// A value of the forward that the gradient reads or computes again.
    public struct GradientPart: Sendable, Hashable {
        /// The operation that gives it.
        public let name: String
        /// What it takes.
        public let bytes: Int
    }

    /// What the forward keeps for the gradient: what the gradient's operations read of its buffers.
    package var kept: [GradientPart] {
        let read = Set(operations[forwardOperations...].flatMap(\.calls).flatMap(\.reads))
        var given: [Int: String] = [:]
        for operation in operations[..<forwardOperations] {
            for (call, name) in zip(operation.calls, [operation.name, operation.follower?.name ?? ""]) {
                for operand in call.operands where operand.access == .written {
                    if let buffer = operand.buffer, given[buffer] == nil { given[buffer] = name }
                }
            }
        }
        return read.sorted().compactMap { buffer in
            given[buffer].map { GradientPart(name: $0, bytes: bufferPlacements[buffer].usage.bytes) }
        }
    }

    /// What the gradient computes again: each norm's values with its activation's derivative, and attention's probabilities.
    package var recomputed: [GradientPart] {
        operations[forwardOperations...].flatMap { operation -> [GradientPart] in
            let size = operation.outputShape.reduce(4) { saturatingProduct($0, $1) }
            let follower = operation.follower.flatMap { follower in
                follower.kind == .combineGradient || follower.kind == .gradientSums
                    ? GradientPart(name: follower.name, bytes: size) : nil
            }
            if let follower { return [follower] }
            switch operation.call.kernel {
            case .combineGradient, .combineGradientBegin: return [GradientPart(name: operation.name, bytes: size)]
            case .attentionGradientQueries:
                let heads = operation.call.arguments(as: attention_gradient_arguments.self).heads
                let (batch, length) = (operation.inputShape[0], operation.inputShape[1])
                return [GradientPart(name: operation.name, bytes: saturatingProduct(4, batch, heads, length, length))]
            default: return []
            }
        }
    }
}
