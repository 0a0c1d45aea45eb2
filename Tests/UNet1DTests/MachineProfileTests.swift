import TestSupport
import Testing

@testable import UNet1D

/// Whatever a machine profile may say, forwards agree with the reference, and read and write their own buffers only.
@Suite struct MachineProfileTests {
    /// Profiles at the edges of what each number may be.
    private static let corners: [MachineProfile] = {
        func machine(_ name: String, _ value: (Int, MachineField) -> Double) -> MachineProfile {
            var machine = MachineProfile.builtIn
            machine.name = name
            for (index, field) in MachineField.all.enumerated() { field.set(value(index, field), in: &machine) }
            return machine
        }
        let lowest = machine("lowest") { $1.range.lowerBound }
        var lowestDirect = lowest
        lowestDirect.name = "lowest, direct"
        lowestDirect.winogradTransforms = 10_000
        return [
            lowest, lowestDirect, machine("highest") { $1.range.upperBound },
            machine("alternating") { $0 % 2 == 0 ? $1.range.lowerBound : $1.range.upperBound },
            machine("alternating, the other way") { $0 % 2 == 1 ? $1.range.lowerBound : $1.range.upperBound },
        ]
    }()

    @Test(arguments: Fixture.numeric, TestISA.all)
    func agreesWithReference(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        for machine in Self.corners {
            let plan = try model.plan(tensors.shape, options: Session.Options(isa: isa, machine: machine))
            var expected: [UInt32]?
            for workers in [1, 3] {
                var session = try Session(model: model, plan: plan, pool: Pools.pool(workers), guarded: true)
                let output = tensors.run(&session)
                #expect(tensors.error(of: output) <= tensors.tolerance, "\(machine.name) with \(workers) workers")
                #expect(bits(output) == expected ?? bits(output), "\(machine.name) with \(workers) workers")
                expected = bits(output)
            }
        }
    }
}
