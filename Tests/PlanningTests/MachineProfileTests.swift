import Checkpoint
import KernelDispatch
import Planning
import Testing

/// What a machine profile decides.
@Suite struct MachineProfileTests {
    private func plan(_ machine: MachineProfile) throws -> Plan {
        try Plan(
            network: try Network(ShapeTests.resnetType), shape: ForwardShape(batch: 1, length: 64),
            implementation: .best, machine: machine)
    }

    /// Tiles and algorithms change the identifier; a name, or a number that changes no choice, does not.
    @Test func choicesChangeTheIdentifier() throws {
        let usual = try plan(.builtIn)
        var tiles = MachineProfile.builtIn
        tiles.tiles.targetMultiplyAdds = 10_000
        tiles.tiles.minimumMultiplyAdds = 1000
        tiles.tiles.wantedTiles = 64
        #expect(try plan(tiles).id != usual.id)

        let plain = try plan(.directAlways)
        #expect(plain.id != usual.id)
        #expect(!plain.operations.contains { $0.kind == .winograd })

        var other = MachineProfile.builtIn
        other.name = "other"
        other.barrierNanoseconds *= 2
        #expect(try plan(other).id == usual.id)
    }

    @Test(arguments: MachineField.all.indices)
    func numbersAtTheEdgesPlan(index: Int) throws {
        let field = MachineField.all[index]
        var machine = MachineProfile.builtIn
        #expect(field.accepts(field.value(in: machine)))
        for edge in [field.range.lowerBound, field.range.upperBound] {
            field.set(edge, in: &machine)
            #expect(field.value(in: machine) == edge)
            #expect(throws: Never.self) { try plan(machine) }
        }
        #expect(!field.accepts(field.range.upperBound * 2))
        #expect(!field.accepts(.nan))
    }

    static let nonsense: [@Sendable (inout MachineProfile) -> Void] = [
        { $0.cores = 0 }, { $0.cachedWeightBytes = -1 }, { $0.barrierNanoseconds = 2e6 },
        { $0.multiplyAddsPerSecond.avx2 = .nan }, { $0.oneCoreBandwidth.l3 = 0 },
        { $0.oneCoreBandwidth.memory = -.infinity },
        { $0.allCoresBandwidth.l1 = .infinity }, { $0.winogradTransforms = -1 }, { $0.tiles.targetMultiplyAdds = 0 },
        { $0.tiles.wantedTiles = 0 }, { $0.tiles.winogradGroups = .max }, { $0.tiles.transformedFloats = 1 },
        { $0.tiles.smallestPassFloats = 0 }, { $0.tiles.wholeNormValues = -5 },
    ]

    @Test(arguments: nonsense.indices)
    func numbersThatNoMachineHasAreErrors(index: Int) {
        var machine = MachineProfile.builtIn
        Self.nonsense[index](&machine)
        #expect(throws: PlanningError.self) { try plan(machine) }
    }

    @Test func anErrorNamesTheField() {
        var machine = MachineProfile.builtIn
        machine.name = "mine"
        machine.tiles.rowBlock = 0
        let error = #expect(throws: PlanningError.self) { try plan(machine) }
        let message = error.map { "\($0)" } ?? ""
        for word in ["mine", "tiles.row_block is 0", "12 to 4096", "tune"] { #expect(message.contains(word)) }
    }
}
