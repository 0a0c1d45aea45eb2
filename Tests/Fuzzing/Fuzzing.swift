import Foundation

/// The kinds of input, by the names of their folders in Corpus.
let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "configuration": fuzzConfiguration,
    "edits": fuzzEdits,
    "index": fuzzIndex,
    "machine": fuzzMachine,
    "pickle": fuzzPickle,
    "policy": fuzzPolicy,
    "safetensors": fuzzSafetensors,
    "scheduler": fuzzScheduler,
    "signal": fuzzSignal,
    "trainer": fuzzTrainer,
    "zip": fuzzZip,
    "planted-trap": plantedTrap,
    "planted-overflow": plantedOverflow,
    "planted-wait": plantedWait,
    "planted-work": plantedWork,
    "planted-allocation": plantedAllocation,
]

/// The kind that is fuzzed. libFuzzer's program takes no arguments of others. What is made once is made by an empty input,
/// whose time does not count.
private let target: @Sendable ([UInt8]) -> Void = {
    let name = ProcessInfo.processInfo.environment["UNET1D_FUZZ"] ?? ""
    guard let target = targets[name] else {
        FileHandle.standardError.write(Data("UNET1D_FUZZ must be one of \(targets.keys.sorted())\n".utf8))
        exit(2)
    }
    target([])
    return target
}()

/// What libFuzzer calls with every input. It ends what waits; the processor's time is counted here, as other programs take
/// none of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let target = target
    let before = processorSeconds
    target(Array(UnsafeBufferPointer(start: start, count: count)))
    // Coverage and AddressSanitizer slow planning some twentyfold: three seconds are 150 ms without them.
    require(processorSeconds - before < 3, "an input took more than three seconds of the processor's time")
    return 0
}
