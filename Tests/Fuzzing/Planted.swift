import Glibc

// Faults that the gate must find. Each needs bytes that no seed has.

private func isKey(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[0] == UInt8(ascii: "k") && bytes[1] == UInt8(ascii: "y")
}

/// Keeps what is computed from being left out.
nonisolated(unsafe) private var sink: UInt8 = 0

/// An index beyond an array.
@Sendable func plantedTrap(_ bytes: [UInt8]) {
    if isKey(bytes) { sink &+= bytes[bytes.count] }
}

/// A write past the end of a heap block.
@Sendable func plantedOverflow(_ bytes: [UInt8]) {
    guard isKey(bytes) else { return }
    let block = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    defer { block.deallocate() }
    for i in 0...bytes.count { block[i] = sink &+ 1 }
    sink = block[Int(bytes[2]) % bytes.count]
}

/// An input that waits forever.
@Sendable func plantedWait(_ bytes: [UInt8]) {
    while isKey(bytes) { usleep(1000) }
}

/// An input that computes for more than three seconds.
@Sendable func plantedWork(_ bytes: [UInt8]) {
    guard isKey(bytes) else { return }
    let end = processorSeconds + 3.1
    while processorSeconds < end { sink &+= 1 }
}

/// As many bytes as an input says.
@Sendable func plantedAllocation(_ bytes: [UInt8]) {
    guard isKey(bytes) else { return }
    let block = [UInt8](repeating: sink, count: 1 << (8 + Int(bytes[2]) % 20))
    sink = block.withUnsafeBufferPointer { $0[$0.count - 1] } &+ 1
}
