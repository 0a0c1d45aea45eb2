import UNet1D

/// The files that a generation reads, with the shape that follows from them and from flags.
struct GenerationInput {
    /// Signals at once.
    let batch: Int
    /// Positions of the result.
    let length: Int
    /// Positions of the forwards.
    let runningLength: Int
    /// The noise to begin with.
    let noise: Tensor?
    /// The signal to be changed, or to be kept in parts, of the shape of the batch.
    let initial: Tensor?
    /// The signal that is drawn above.
    let above: Tensor?

    /// The most positions that can be asked for.
    private static let maximumSize = 1 << 32
    /// The most signals that can be asked for.
    private static let maximumBatch = 1 << 16

    /// Reads the files. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - channels: the model's.
    ///   - sampleRate: the model's; nil where it has none.
    ///   - sampleSize: the model's own length.
    ///   - running: the length at which the model runs for a length, or for the seconds that gave it.
    /// - Throws: `BenchError` with flag or file.
    init(
        _ options: GenerationOptions, channels: Int, sampleRate: Int?, sampleSize: Int?,
        running: (_ length: Int, _ seconds: Double?) throws(BenchError) -> Int
    ) throws(BenchError) {
        func stored(_ path: String?, _ name: String, _ option: String) throws(BenchError) -> Tensor? {
            guard let path else { return nil }
            let stored = try StoredSignal(path, tensor: name, option: option)
            if let sampleRate, let found = stored.sampleRate, found != sampleRate {
                throw .signal(
                    file: path, found: "\(found) samples a second",
                    expected:
                        "\(sampleRate), as the model has: resample it, as sox \(path) -r \(sampleRate) new.wav does")
            }
            guard stored.tensor.shape[1] == channels else {
                throw .signal(
                    file: path, found: "the shape \(Figures.shape(stored.tensor.shape))",
                    expected: "\(channels) channels: batch × \(channels) × length")
            }
            return stored.tensor
        }
        let noise = try stored(options.noise, "noise", "noise")
        let initial = try stored(options.initial, "sample", "init")
        above = try stored(options.above, "sample", "above")
        self.noise = noise
        batch = try Self.checked(
            options.batch ?? noise?.shape[0] ?? initial?.shape[0] ?? 1, "batch", upTo: Self.maximumBatch)
        // A length that runs, or else the model's own: noise of another length is then refused by its shape.
        let noiseLength = noise.map { $0.shape[2] }.flatMap { length in
            (try? running(length, nil)) == length ? length : nil
        }
        let asked = try Self.length(options, sampleRate: sampleRate) ?? initial?.shape[2]
        guard let length = asked ?? noiseLength ?? sampleSize else {
            throw .option(
                name: "length", found: "none, and the model has no sample_size", expected: "the positions to generate")
        }
        self.length = length
        let running = try running(length, options.seconds)
        runningLength = running
        if let noise, let file = options.noise, noise.shape != [batch, channels, running] {
            throw .signal(
                file: file, found: "noise of the shape \(Figures.shape(noise.shape))",
                expected:
                    "\(batch) × \(channels) × \(running): the batch, the channels and the length at which the model runs"
            )
        }
        guard let initial, let file = options.initial else {
            self.initial = nil
            return
        }
        guard initial.shape[0] == batch || initial.shape[0] == 1, initial.shape[2] <= length,
            options.strength == nil || initial.shape[2] == length
        else {
            throw .signal(
                file: file, found: "the shape \(Figures.shape(initial.shape))",
                expected: "\(batch) × \(channels) × \(length): ask for its length, or cut it")
        }
        let copies = initial.shape[0] == batch ? 1 : batch
        self.initial = Tensor(
            unchecked: (0..<copies).flatMap { _ in initial.scalars }, shape: [batch, channels, initial.shape[2]])
    }

    /// The length that flags ask for.
    private static func length(_ options: GenerationOptions, sampleRate: Int?) throws(BenchError) -> Int? {
        guard let seconds = options.seconds else {
            return try options.length.map { length throws(BenchError) in
                try checked(length, "length", upTo: maximumSize)
            }
        }
        guard options.length == nil else {
            throw .option(name: "seconds", found: "--length too", expected: "one of the two")
        }
        guard let sampleRate else {
            throw .option(
                name: "seconds", found: "\(seconds)", expected: "--length: the model's configuration has no sample_rate"
            )
        }
        let length = seconds * Double(sampleRate)
        guard length >= 1, length <= Double(maximumSize) else {
            throw .option(
                name: "seconds", found: "\(seconds)",
                expected: "1 to \(maximumSize) positions; at \(sampleRate) Hz these are \(Figures.count(length))")
        }
        return Int(length)
    }

    private static func checked(_ size: Int, _ option: String, upTo maximum: Int) throws(BenchError) -> Int {
        guard 1...maximum ~= size else {
            throw .option(name: option, found: "\(size)", expected: "1 to \(maximum)")
        }
        return size
    }
}
