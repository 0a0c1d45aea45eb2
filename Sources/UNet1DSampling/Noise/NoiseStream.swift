/// The draws of a noise source for samples of a shape, one after another: what a sampler holds.
///
/// ```swift
/// var noise = try NoiseStream(.torch(seed: 42), batch: 2, elements: 131_072, draws: 51)
/// var values = [Float](repeating: 0, count: 2 * 131_072)
/// var span = values.mutableSpan
/// noise.next(&span)        // the noise with which a loop begins
/// noise.next(&span)        // the noise of its first step
/// ```
///
/// Filling neither allocates nor blocks. A stream belongs to one thread at a time, but for `fill`.
public struct NoiseStream: ~Copyable, @unchecked Sendable {
    // Sendable: the generators are this value's alone.
    private enum Numbers {
        /// Seeds, one for all samples or one for each, and the samples' numbers.
        case philox(seeds: [UInt64], rows: [UInt32]?)
        case torch(UnsafeMutableBufferPointer<TorchGenerator>)
        case given([Float])
    }

    /// Samples of a draw.
    public let batch: Int
    /// Elements of a sample: channels × length.
    public let elements: Int
    /// Draws that are done.
    public private(set) var draw = 0
    private let numbers: Numbers

    /// Prepares the draws of a source. Allocates the generators' state: 2.5 KB a seed of PyTorch.
    ///
    /// - Parameters:
    ///   - source: Where the numbers come from.
    ///   - batch: Samples of a draw.
    ///   - elements: Elements of a sample: channels × length.
    ///   - draws: How many draws are taken at most. Given numbers must suffice for them; other sources have no limit.
    public init(_ source: NoiseSource, batch: Int, elements: Int, draws: Int) throws(NoiseError) {
        precondition(batch > 0 && elements > 0 && draws >= 0, "a draw has samples and elements")
        switch source {
        case .philox(let seeds, let rows):
            guard seeds.count == 1 || seeds.count == batch else {
                throw .seeds(count: seeds.count, batch: batch)
            }
            if let rows, rows.count != batch { throw .rows(count: rows.count, batch: batch) }
            numbers = .philox(seeds: seeds, rows: rows)
        case .torch(let seeds):
            guard seeds.count == 1 || seeds.count == batch else {
                throw .seeds(count: seeds.count, batch: batch)
            }
            let generators = UnsafeMutableBufferPointer<TorchGenerator>.allocate(capacity: seeds.count)
            for (i, seed) in seeds.enumerated() { generators.initializeElement(at: i, to: TorchGenerator(seed: seed)) }
            numbers = .torch(generators)
        case .given(let values):
            let needed = draws * batch * elements
            guard values.count >= needed else {
                throw .given(count: values.count, needed: needed, draws: draws)
            }
            numbers = .given(values)
        }
        self.batch = batch
        self.elements = elements
    }

    deinit {
        if case .torch(let generators) = numbers {
            generators.deinitialize()
            generators.deallocate()
        }
    }

    /// Whether `fill` can fill parts of a draw: not with numbers of PyTorch, which come one after another.
    public var isDivisible: Bool {
        if case .torch = numbers { false } else { true }
    }

    /// Fills `output`, of shape (batch, elements), with the next draw.
    public mutating func next(_ output: UnsafeMutableBufferPointer<Float>) {
        precondition(output.count == batch * elements, "a draw has batch × elements values")
        if case .torch(let generators) = numbers {
            let share = output.count / generators.count
            for i in generators.indices {
                generators[i].randn(UnsafeMutableBufferPointer(rebasing: output[i * share..<(i + 1) * share]))
            }
        } else {
            fill(output, from: 0)
        }
        advance()
    }

    /// Fills `output`, of shape (batch, elements), with the next draw.
    public mutating func next(_ output: inout MutableSpan<Float>) {
        output.withUnsafeMutableBufferPointer { next($0) }
    }

    /// Fills `output` with a part of the next draw; several threads may do so at once. After all parts `advance` is called.
    ///
    /// - Parameters:
    ///   - output: The part's values.
    ///   - first: Where in the draw, of shape (batch, elements), the part begins. Multiples of 16 within a sample are quickest.
    /// - Precondition: `isDivisible`.
    public func fill(_ output: UnsafeMutableBufferPointer<Float>, from first: Int) {
        precondition(first >= 0 && first + output.count <= batch * elements, "the part lies in the draw")
        switch numbers {
        case .philox(let seeds, let rows):
            var done = 0
            while done < output.count {
                let (sample, element) = (first + done).quotientAndRemainder(dividingBy: elements)
                let run = min(elements - element, output.count - done)
                PhiloxNoise(seed: seeds[seeds.count == 1 ? 0 : sample]).fill(
                    UnsafeMutableBufferPointer(rebasing: output[done..<done + run]), from: element,
                    sample: rows.map { Int($0[sample]) } ?? sample, draw: UInt64(draw))
                done += run
            }
        case .torch: preconditionFailure("numbers of PyTorch come one after another: call next")
        case .given(let values):
            let start = draw * batch * elements + first
            precondition(start + output.count <= values.count, "no more draws than were announced")
            values.withUnsafeBufferPointer { values in
                guard let from = values.baseAddress, let to = output.baseAddress else { return }
                to.update(from: from + start, count: output.count)
            }
        }
    }

    /// Begins with the first of given numbers again; other sources go on.
    mutating func rewindGivenNumbers() {
        if case .given = numbers { draw = 0 }
    }

    /// - Throws: `NoiseError.given` where given numbers do not suffice for so many draws.
    func check(draws: Int) throws(NoiseError) {
        guard case .given(let values) = numbers else { return }
        let (needed, overflows) = draws.multipliedReportingOverflow(by: batch * elements)
        guard overflows || values.count < needed else { return }
        throw .given(count: values.count, needed: overflows ? .max : needed, draws: draws)
    }

    /// Ends a draw whose parts are filled.
    public mutating func advance() { draw += 1 }

    /// Begins with the first draw again. Allocates nothing.
    public mutating func restart() {
        draw = 0
        guard case .torch(let generators) = numbers else { return }
        for i in generators.indices { generators[i].restart(seed: generators[i].seed) }
    }
}
