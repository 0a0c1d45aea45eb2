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
    usage: unet1d-gates heap [--plant heap|fault]     heap calls and page faults of forwards; under LD_PRELOAD of the heap counter
           unet1d-gates faults FORWARDS [--plant]     page faults of the first forwards of a process
           unet1d-gates syscalls FORWARDS [--plant]   a thousand forwards that die of a system call
           unet1d-gates realtime FORWARDS [--plant]   forwards under LD_PRELOAD of RealtimeSanitizer's runtime
           unet1d-gates bits SECONDS [--plant]        equal bits for all numbers of workers and ways of waiting
           unet1d-gates fifo [--inherit|--plant]      a SCHED_FIFO caller with four workers
           unet1d-gates fixtures, unet1d-gates isas   names of the fixtures, of this machine's instruction sets
           unet1d-gates agree [--isa NAME] FIXTURE…  forwards by the instruction set that is picked, which must be NAME
           unet1d-gates race [--without-barrier]     forwards on two workers, for ThreadSanitizer
           unet1d-gates nodes [--plant]              pages lie on the memory nodes that the plan names
           unet1d-gates denied ERROR                 what happens where the system refuses; under Tests/Gates/deny
           unet1d-gates sessions SECONDS [--plant]   sessions at once on threads of their own
           unet1d-gates lifetimes COUNT [--plant heap|memory|file]
                                                     models, pools and sessions that are made and dropped leave nothing
           unet1d-gates load FOLDER LENGTH [SECONDS MILLISECONDS PEAK]
                                                     load, session and memory of a checkpoint, within limits
           unet1d-gates checkpoint CONFIG OUT SEED   a checkpoint of seeded weights for the folder CONFIG
           unet1d-gates idle [--plant]               processor time of a pool that has nothing to do
           unet1d-gates calls LIBRARY FIXTURE        what a call of libunet1d.so costs more than one in Swift
           unet1d-gates serve FOLDER [--plant]       forwards for Tests/Gates/reference/sweep.py
           unet1d-gates overflow                     an output that is too small, for AddressSanitizer
    FORWARDS: FIXTURE ISA|auto ACCURACY WORKERS SPIN [POLICY]
    """

let arguments = CommandLine.arguments.dropFirst()
do {
    switch (arguments.first, Array(arguments.dropFirst())) {
    case ("heap", []): try HeapGate().run()
    case ("heap", ["--plant", "heap"]): try HeapGate(planted: allocateOnWorker).run()
    case ("heap", ["--plant", "fault"]): try HeapGate(planted: touchNewPageOnWorker).run()
    case ("faults", let rest):
        guard let forwards = try PlainForwards(rest) else { stop(usage) }
        try forwards.countFaults()
    case ("syscalls", let rest):
        guard let forwards = try PlainForwards(rest) else { stop(usage) }
        try forwards.withoutSystemCalls()
    case ("realtime", let rest):
        guard let forwards = try PlainForwards(rest) else { stop(usage) }
        try forwards.underRealtimeSanitizer()
    case ("bits", let rest) where 1...2 ~= rest.count:
        guard let seconds = Int(rest[0]), rest.count == 1 || rest[1] == "--plant" else { stop(usage) }
        try BitsGate(seconds: seconds, planted: rest.count == 2).run()
    case ("fifo", []): try StarvationGate().run()
    case ("fifo", ["--inherit"]): try StarvationGate(inherits: true).run()
    case ("fifo", ["--plant"]): try StarvationGate(planted: true).run()
    case ("fixtures", []): for fixture in Fixture.numeric { print(fixture.name) }
    case ("isas", []): for isa in TestISA.all { print(isa) }
    case ("agree", let rest) where rest.first == "--isa" && rest.count > 2:
        try AgreementGate(expectedISA: rest[1], fixtures: Array(rest.dropFirst(2))).run()
    case ("agree", let rest) where !rest.isEmpty && rest.first != "--isa":
        try AgreementGate(expectedISA: nil, fixtures: rest).run()
    case ("race", []): try RaceGate().run()
    case ("race", ["--without-barrier"]): try RaceGate(withoutBarrier: true).run()
    case ("sessions", let rest) where rest.count == 1 || (rest.count == 2 && rest[1] == "--plant"):
        guard let seconds = Double(rest[0]) else { stop(usage) }
        try SessionsGate(seconds: seconds, planted: rest.count == 2).run()
    case ("lifetimes", let rest) where rest.count == 1 || (rest.count == 3 && rest[1] == "--plant"):
        let planted = rest.count == 3 ? LifetimesGate.Planted(rawValue: rest[2]) : nil
        guard let count = Int(rest[0]), rest.count == 1 || planted != nil else { stop(usage) }
        try LifetimesGate(count: count, planted: planted).run()
    case ("load", let rest) where rest.count == 2 || rest.count == 5:
        let limits = rest.dropFirst(2).compactMap { Double($0) }
        guard let length = Int(rest[1]), limits.count == rest.count - 2 else { stop(usage) }
        try LoadGate(
            folder: rest[0], length: length,
            limits: limits.count == 3
                ? LoadGate.Limits(load: limits[0], session: limits[1], peak: limits[2]) : nil
        ).run()
    case ("checkpoint", let rest) where rest.count == 3:
        guard let seed = UInt64(rest[2]) else { stop(usage) }
        try CheckpointMaker(source: rest[0], target: rest[1], seed: seed).run()
    case ("nodes", []): try NodesGate().run()
    case ("nodes", ["--plant"]): try NodesGate(planted: true).run()
    case ("denied", let rest) where rest.count == 1:
        guard let error = Int32(rest[0]) else { stop(usage) }
        try DeniedGate(error: error).run()
    case ("idle", []): try IdleGate().run()
    case ("idle", ["--plant"]): try IdleGate(planted: true).run()
    case ("calls", let rest) where rest.count == 2: try CallsGate(library: rest[0], fixture: rest[1]).run()
    case ("serve", let rest) where rest.count == 1 || (rest.count == 2 && rest[1] == "--plant"):
        try ForwardServer(folder: rest[0], planted: rest.count == 2).run()
    case ("overflow", []): try OverflowGate().run()
    default: stop(usage)
    }
} catch {
    stop("\(error)")
}
