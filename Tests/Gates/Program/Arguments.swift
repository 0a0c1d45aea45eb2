import ArgumentParser
import TestSupport
import UNet1D

extension ISA: ExpressibleByArgument {}
extension Accuracy: ExpressibleByArgument {}
extension NUMAPolicy: ExpressibleByArgument {}

extension Fixture: ExpressibleByArgument {
    /// The fixture with an expected output of this name.
    package init?(argument: String) {
        guard let fixture = Fixture.numeric.first(where: { $0.name == argument }) else { return nil }
        self = fixture
    }

    /// The input and the expected output; a fixture without them ends the program.
    func requiredTensors() throws -> ForwardTensors {
        guard let tensors = try tensors() else { stop("\(self) has no tensors") }
        return tensors
    }
}

extension PoolKind: ExpressibleByArgument {
    /// WORKERS:SPIN, the spin in microseconds or `forever`.
    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let workers = Int(parts[0]), workers > 0 else { return nil }
        if parts[1] == "forever" {
            self.init(workers, spin: .max)
        } else {
            guard let microseconds = UInt64(parts[1]), microseconds < 1_000_000_000 else { return nil }
            self.init(workers, spin: microseconds * 1000)
        }
    }
}
