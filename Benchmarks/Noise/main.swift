import CUNet1DSystem
import UNet1DSampling

/// Nanoseconds a value of draws from a source, at the median and at best.
func measure(_ name: String, _ source: NoiseSource, batch: Int, elements: Int) throws {
    let output = UnsafeMutableBufferPointer<Float>.allocate(capacity: batch * elements)
    output.initialize(repeating: 0)
    defer { output.deallocate() }
    var stream = try NoiseStream(source, batch: batch, elements: elements, draws: 1)
    // A sample of the clock is long enough to be read: some 100 µs.
    let draws = max(1, 32_768 / output.count)
    let samples = (0..<200).map { _ in
        let start = system_monotonic_nanoseconds()
        for _ in 0..<draws { stream.next(output) }
        return Double(system_monotonic_nanoseconds() - start) / Double(draws * output.count)
    }.sorted()
    func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    print("\(name), \(batch) × \(elements): \(text(samples[100])) ns a value, \(text(samples[0])) at best")
}

for (batch, elements) in [(1, 448), (1, 131_072), (16, 448)] {
    try measure("philox", .philox(seed: 1), batch: batch, elements: elements)
    try measure("torch", .torch(seed: 1), batch: batch, elements: elements)
}
