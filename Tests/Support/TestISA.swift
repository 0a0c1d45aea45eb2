import Foundation
package import UNet1D

/// The instruction sets that tests run on.
package enum TestISA {
    /// All that this machine has, narrowest first; or those that the environment variable `UNET1D_TEST_ISA` names,
    /// separated by commas. ThreadSanitizer does not see 32- and 64-byte accesses, so its runs ask for `generic`.
    package static let all: [ISA] = {
        guard let names = ProcessInfo.processInfo.environment["UNET1D_TEST_ISA"], !names.isEmpty else {
            return ISA.available
        }
        return names.split(separator: ",").map { name in
            guard let isa = ISA(rawValue: String(name)), isa.isAvailable else {
                preconditionFailure("UNET1D_TEST_ISA: \(name) is not one of \(ISA.available.map(\.rawValue))")
            }
            return isa
        }
    }()
}

extension Session.Options {
    /// Both accuracies in float32, then every other precision: whatever chooses other kernels.
    package static func ofEveryKind(isa: ISA) -> [Session.Options] {
        Accuracy.allCases.map { Session.Options(isa: isa, accuracy: $0) }
            + Precision.allCases.filter { $0 != .f32 }.map { Session.Options(isa: isa, precision: $0) }
    }
}
