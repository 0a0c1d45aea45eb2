import Foundation
import TestSupport
import UNet1D

// What the gate scripts run. Exit status: 0 the promise is kept, 1 it is broken, 2 the gate could not be run.

/// Ends the program with a line on standard error.
func stop(_ message: String, status: Int32 = 2) -> Never {
    FileHandle.standardError.write(Data("unet1d-gates: \(message)\n".utf8))
    exit(status)
}

let usage = """
    usage: unet1d-gates heap [--plant]               heap calls of forwards; under LD_PRELOAD of the heap counter
           unet1d-gates agree [--isa NAME] FIXTURE…  forwards by the instruction set that is picked, which must be NAME
           unet1d-gates race [--without-barrier]     forwards on two workers, for ThreadSanitizer
           unet1d-gates checkpoint CONFIG OUT SEED   a checkpoint of seeded weights for the folder CONFIG
           unet1d-gates idle [--plant]               processor time of a pool that has nothing to do
           unet1d-gates overflow                     an output that is too small, for AddressSanitizer
    """

let arguments = CommandLine.arguments.dropFirst()
do {
    switch (arguments.first, Array(arguments.dropFirst())) {
    case ("heap", []): try HeapGate().run()
    case ("heap", ["--plant"]): try HeapGate(planted: true).run()
    case ("agree", let rest) where rest.first == "--isa" && rest.count > 2:
        try AgreementGate(expectedISA: rest[1], fixtures: Array(rest.dropFirst(2))).run()
    case ("agree", let rest) where !rest.isEmpty && rest.first != "--isa":
        try AgreementGate(expectedISA: nil, fixtures: rest).run()
    case ("race", []): try RaceGate().run()
    case ("race", ["--without-barrier"]): try RaceGate(withoutBarrier: true).run()
    case ("checkpoint", let rest) where rest.count == 3:
        guard let seed = UInt64(rest[2]) else { stop(usage) }
        try CheckpointMaker(source: rest[0], target: rest[1], seed: seed).run()
    case ("idle", []): try IdleGate().run()
    case ("idle", ["--plant"]): try IdleGate(planted: true).run()
    case ("overflow", []): try OverflowGate().run()
    default: stop(usage)
    }
} catch {
    stop("\(error)")
}
