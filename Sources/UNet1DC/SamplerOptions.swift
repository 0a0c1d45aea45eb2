import CUNet1D
import UNet1DSampling

// What C says of sampling, as the library's own types; anything out of range is refused by its field's name.

/// Options of a sampler, and of its session.
struct SamplerOptions {
    let options: Sampler.Options
    let session: SessionOptions

    init(_ pointer: UnsafePointer<unet1d_sampler_options>?) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "options", zero: unet1d_sampler_options())
        guard asked.timestep_scale.isFinite else {
            throw .argument(
                "options.timestep_scale", found: "\(asked.timestep_scale)", expected: "a number, or 0 for 1")
        }
        options = Sampler.Options(
            precision: try choice("options.precision", asked.precision, SamplerOptions.precisions),
            noise: try NoiseSource(asked.noise), timestepScale: asked.timestep_scale == 0 ? 1 : asked.timestep_scale,
            wholeForwardEvery: Int(max(asked.whole_forward_every, 1)))
        session = try SessionOptions(asked.session, shortLevels: asked.short_levels)
    }

    /// By their numbers in unet1d.h.
    private static let precisions: [TablePrecision] = [.double, .float32]
}

extension NoiseSource {
    /// A source from C, whose numbers are copied.
    init(_ pointer: UnsafePointer<unet1d_noise>?) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "noise", zero: unet1d_noise())
        let seeds = try list("noise.seeds", asked.seeds, asked.seed_count) ?? []
        let values = try list("noise.values", asked.values, asked.value_count)
        let rows = try list("noise.rows", asked.rows, asked.row_count)
        guard rows == nil || asked.kind == UInt32(UNET1D_NOISE_PHILOX) else {
            throw .argument("noise.rows", found: "numbers", expected: "NULL, or the kind UNET1D_NOISE_PHILOX")
        }
        let isGiven = asked.kind == UInt32(UNET1D_NOISE_GIVEN)
        guard isGiven || values == nil else {
            throw .argument("noise.values", found: "numbers", expected: "NULL, or the kind UNET1D_NOISE_GIVEN")
        }
        guard !isGiven || seeds.isEmpty else {
            throw .argument("noise.seeds", found: "\(seeds.count)", expected: "NULL, as the numbers are given")
        }
        switch Int(asked.kind) {
        case UNET1D_NOISE_PHILOX: self = .philox(seeds: seeds.isEmpty ? [0] : seeds, rows: rows)
        case UNET1D_NOISE_TORCH: self = .torch(seeds: seeds.isEmpty ? [0] : seeds)
        case UNET1D_NOISE_GIVEN: self = .given(values ?? [])
        default: throw .argument("noise.kind", found: "\(asked.kind)", expected: "one that unet1d.h names")
        }
    }

    /// Whether the caller brings the numbers.
    var isGiven: Bool { if case .given = self { true } else { false } }
}

/// What loops keep, and how often they repeat steps for it.
struct HeldRequest {
    let values: HeldValues?
    let resampling: Resampling

    /// - Parameter shape: the sample's.
    init(_ pointer: UnsafePointer<unet1d_held>?, shape: [Int]) throws {
        let asked = try SizedStruct.read(pointer, "held", zero: unet1d_held())
        guard asked.repetitions <= Resampling.maximumRepetitions else {
            throw Failure.argument(
                "held.repetitions", found: "\(asked.repetitions)", expected: "at most \(Resampling.maximumRepetitions)")
        }
        resampling = Resampling(repetitions: Int(max(asked.repetitions, 1)), jump: Int(max(asked.jump, 1)))
        if pointer == nil {
            values = nil
            return
        }
        guard let sample = try list("held.values", asked.values, asked.value_count) else {
            throw Failure.argument("held.values", found: "NULL", expected: "a sample, or NULL for held")
        }
        guard let positions = try list("held.positions", asked.positions, asked.position_count) else {
            throw Failure.argument("held.positions", found: "NULL", expected: "ranges, or NULL for held")
        }
        let all = asked.channels.begin == 0 && asked.channels.end == 0
        values = try HeldValues(
            sample, shape: shape, channels: all ? nil : Range(asked.channels, "held.channels"),
            positions: positions.map { try Range($0, "held.positions") },
            level: choice("held.level", asked.level, [.exact, .noised]))
    }
}

extension Range<Int> {
    fileprivate init(_ range: unet1d_range, _ name: String) throws(Failure) {
        guard range.begin <= range.end else {
            throw .argument(
                name, found: "\(range.begin) to \(range.end)", expected: "a begin that is not after the end")
        }
        self = Int(range.begin)..<Int(range.end)
    }
}

/// A copy of what the caller passed; nil for NULL.
func list<Element>(
    _ name: String, _ pointer: UnsafePointer<Element>?, _ count: Int
) throws(Failure) -> [Element]? {
    guard let values = try buffer(name, pointer, count) else { return nil }
    return Array(values)
}

/// What the caller passed, with as many elements as it says; nil for NULL. Allocates only if it fails.
func buffer<Element>(
    _ name: String, _ pointer: UnsafePointer<Element>?, _ count: Int
) throws(Failure) -> UnsafeBufferPointer<Element>? {
    // No memory has more.
    guard 0...1 << 40 ~= count, (pointer == nil) == (count == 0) else {
        throw .argument(
            name, found: "\(pointer == nil ? "NULL" : "memory") with a count of \(UInt(bitPattern: count))",
            expected: "memory for as many, or NULL and 0")
    }
    guard UInt(bitPattern: pointer) % UInt(MemoryLayout<Element>.alignment) == 0 else {
        throw .argument(
            name, found: "an address that is no multiple of \(MemoryLayout<Element>.alignment)",
            expected: "an aligned one")
    }
    return pointer.map { UnsafeBufferPointer(start: $0, count: count) }
}
