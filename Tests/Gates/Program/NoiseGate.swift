import ArgumentParser
import GateSystem
import Glibc
import UNet1DSampling

/// Draws of noise make no heap call and fault no page, from every source, whole and in parts. The counter of heap calls comes
/// from outside, see Tests/Gates/heapcount.
struct NoiseGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noise", abstract: "Heap calls and page faults of noise; under LD_PRELOAD of the heap counter.")

    @Flag(help: "Allocates after a draw on purpose.")
    var plant = false

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("noise: no counter; load libheapcount.so with LD_PRELOAD")
        }
        let heapCalls = unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
        let (batch, draws) = (3, 4)
        // Below 16 elements PyTorch draws values alone; 33 is no whole number of groups.
        for elements in [5, 33, 4096] {
            let output = UnsafeMutableBufferPointer<Float>.allocate(capacity: batch * elements)
            output.initialize(repeating: 0)
            let given = [Float](repeating: 1, count: draws * output.count)
            for source in [NoiseSource.philox(seed: 1), .torch(seed: 1), .torch(seeds: [1, 2, 3]), .given(given)] {
                var stream = try NoiseStream(source, batch: batch, elements: elements, draws: draws)
                // The first draws touch the pages of code and stack.
                draw(&stream, output)
                let (calls, faults) = (heapCalls(), gate_page_faults())
                draw(&stream, output)
                if plant { allocateOnce() }
                let (made, after) = (heapCalls() - calls, gate_page_faults())
                if made > 0 || after.minor != faults.minor || after.major != faults.major {
                    stop(
                        "noise: \(stream.batch) × \(elements): \(made) heap calls, \(after.minor - faults.minor) minor and "
                            + "\(after.major - faults.major) major page faults in draws", status: 1)
                }
            }
            output.deallocate()
        }
        print("noise: no heap call and no page fault in draws")
    }
    /// A draw as a whole, and one in two parts.
    private func draw(_ stream: inout NoiseStream, _ output: UnsafeMutableBufferPointer<Float>) {
        stream.next(output)
        guard stream.isDivisible else { return }
        stream.fill(UnsafeMutableBufferPointer(rebasing: output[1...]), from: 1)
        stream.fill(UnsafeMutableBufferPointer(rebasing: output[..<1]), from: 0)
        stream.advance()
    }
}
