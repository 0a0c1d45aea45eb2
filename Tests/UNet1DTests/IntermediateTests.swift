import Checkpoint
import KernelChecks
import KernelDispatch
import TestSupport
import Testing

@testable import UNet1D

/// What modules give on the way, compared with the reference's own intermediates.
@Suite struct IntermediateTests {
    static let fixtures = Fixture.numeric.filter { ($0.intermediates ?? "none") != "none" }
    static let implementations = [Implementation.reference] + Implementation.available

    @Test(arguments: fixtures, implementations)
    func blocksAgree(fixture: Fixture, implementation: Implementation) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try keepingSession(model, tensors.shape, implementation)
        let output = tensors.run(&session)
        #expect(tensors.error(of: output) <= tensors.tolerance)
        var compared: Set<String> = []
        for description in tensors.file.tensors where description.name.hasPrefix("inter.") {
            let module = String(description.name.dropFirst("inter.".count))
            guard Self.isComparable(module) else { continue }
            let expected = try tensors.file.floats(named: description.name)
            let name = module.hasSuffix(".skip") ? module.dropLast(".skip".count) + ".resnets" : module[...]
            let intermediate = session.intermediate(of: String(name))
            let value = try #require(intermediate, "no operation computes \(module)")
            // The reference repeats an embedding that feeds the sample over positions; a plan keeps one.
            let found = module == "time_proj" ? Self.repeated(value, to: description.shape) : value.values
            let largest = expected.filter(\.isFinite).map { abs(Double($0)) }.max() ?? 0
            #expect(
                largestDifference(found, expected) <= max(tensors.tolerance, 1e-5 * largest),
                "\(module)")
            compared.insert(module)
        }
        #expect(compared.count >= 3)
    }

    /// Whole blocks and their parts; what a plan fuses (single norms, activations) or stacks (time_emb) has no value of its own.
    static func isComparable(_ module: String) -> Bool {
        let parts = module.split(separator: ".")
        if parts.first == "time_mlp" { return parts.count == 1 }
        if parts.first == "out_block" { return parts.count == 1 }
        if parts.last == "conv_in" || parts.last == "conv_out" { return false }
        return parts.count <= 4
            && !parts.contains { $0.hasPrefix("conv_") || $0 == "time_emb" || $0.hasSuffix("_conv") }
    }

    static func repeated(_ value: (values: [Float], shape: [Int]), to shape: [Int]) -> [Float] {
        guard shape.count == 3, shape.reduce(1, *) != value.values.count else { return value.values }
        let batch = (0..<shape[0]).map { value.shape[0] == 1 ? 0 : $0 }
        return batch.flatMap { b in
            (0..<shape[1]).flatMap { c in [Float](repeating: value.values[b * shape[1] + c], count: shape[2]) }
        }
    }
}

/// A session that keeps every intermediate value, on one worker.
func keepingSession(
    _ model: UNet1DModel, _ shape: ForwardShape, _ implementation: Implementation
) throws -> Session {
    let plan = try Plan(
        network: model.network, shape: shape, implementation: implementation, accuracy: .strict,
        keepingIntermediates: true)
    return try Session(model: model, plan: plan, pool: Pools.pool(1))
}
