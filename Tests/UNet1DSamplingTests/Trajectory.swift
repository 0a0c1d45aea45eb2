import Checkpoint
import TestSupport
import UNet1DSampling

/// A run of the real diffusers from Tests/Fixtures/schedulers; Generator/schedulers.py says how it was made.
struct Trajectory: Sendable, CustomStringConvertible {
    /// The configuration, as a file would have it.
    let configuration: JSONValue
    /// What diffusers takes as an argument of `step` or `set_timesteps`.
    let arguments: [JSONValue.Member]
    let steps: Int
    /// The first step, not 0 where noise is added to a sample.
    let start: Int
    let integers: Bool
    let timesteps: [Double]
    /// The samples after some steps, in diffusers' own scale.
    let samples: [Int: [Double]]
    /// The last sample of the unchanged package, in 32-bit floats.
    let singles: [Double]?

    /// Every tenth part of its timesteps in 32-bit floats.
    let singleTimesteps: [Double]

    var description: String { "\(steps) steps of \(configuration.text) with \(arguments.map(\.key))" }

    /// diffusers' name of the class.
    var name: String { configuration["_class_name"]?.text.filter { $0 != "\"" } ?? "" }

    /// All runs.
    static let all: [Trajectory] = ["0.26.3", "0.36.0"].flatMap { version -> [Trajectory] in
        let path = "\(Fixture.root)/schedulers/\(version).json"
        guard let bytes = try? AtomicFile.read(path, limit: 1 << 20),
            let json = try? JSONReader.read(bytes, file: path), case .array(let cases) = json
        else { preconditionFailure("cannot read \(path)") }
        return cases.flatMap { entry in entry["runs"]!.elements.map { Trajectory(entry, run: $0) } }
    }

    private init(_ entry: JSONValue, run: JSONValue) {
        configuration = entry["config"]!
        arguments = entry["step"]!.members + entry["set_timesteps"]!.members
        steps = Int(run["steps"]!.number)
        start = run["start"].map { Int($0.number) } ?? 0
        integers = run["integers"] == .bool(true)
        timesteps = run["timesteps"]!.elements.map(\.number)
        let written = run["samples"]!.elements.map { $0.elements.map(\.number) }
        // The generator writes two samples of a run of 50 steps.
        samples = Dictionary(
            uniqueKeysWithValues: zip(steps == 50 ? [24, 49] : Array(written.indices), written))
        singleTimesteps = run["float32_timesteps"]?.elements.map(\.number) ?? []
        singles = run["float32"]?.elements.map(\.number)
    }

    /// The scheduler, read from the configuration, with the arguments as its options.
    func scheduler() throws -> any DenoisingScheduler {
        // Dynamic shifts have no place in a file.
        if name == "FlowMatchEulerDiscreteScheduler", let mu = arguments.first?.value.number {
            let isLinear = configuration["time_shift_type"] == .string("linear")
            return FlowMatchEulerDiscreteScheduler(shift: isLinear ? .linear(mu: mu) : .exponential(mu: mu))
        }
        let scheduler = try Scheduler(json: Array(configuration.text.utf8), file: name)
        if arguments.isEmpty { return scheduler }
        if var ddim = scheduler.base as? DDIMScheduler {
            for argument in arguments {
                if argument.key == "eta" { ddim.eta = argument.value.number } else { ddim.usesClippedOutput = true }
            }
            return ddim
        }
        var lcm = scheduler.base as! LCMScheduler
        lcm.strength = arguments[0].value.number
        return lcm
    }

    /// The samples after each step of the reference execution, in diffusers' own scale.
    func run(_ schedule: Schedule) -> [[Double]] {
        var draws = 0
        func draw() -> [Double] {
            defer { draws += 1 }
            return (0..<4).map { Double((7 * draws + 3 * $0) % 11 - 5) / 4 }
        }
        var sample = [1.5, -0.4, 0.25, -2]
        if start == 0 {
            sample = sample.map { $0 * schedule.initialNoiseScale }
        } else if name != "IPNDMScheduler" {
            let level = schedule[start].before
            sample = zip(sample, draw()).map { level.signal * $0 + level.noise * $1 }
        }
        var steps = ReferenceSteps(schedule, sample: sample)
        return (start..<schedule.count).map { index in
            let row = schedule[index]
            let noise = row.noise.isDrawn ? draw() : []
            let output = model(steps.sample, row.timestep, learnsVariance: schedule.readsVariance)
            steps.step(index, output: output, noise: noise)
            let scale = index + 1 < schedule.count ? schedule[index + 1].inputScale : 1
            return steps.sample.map { $0 / scale }
        }
    }

    private func model(_ sample: [Double], _ time: Double, learnsVariance: Bool) -> [Double] {
        let shift = 0.5 * time / (1 + abs(time)) - 0.2
        let output = sample.enumerated().map { j, u in (u - 0.3 * Double(j + 1)) / (1 + abs(u)) + shift }
        return learnsVariance ? output + sample.map { 0.3 + 0.2 * $0 / (1 + abs($0)) } : output
    }
}

extension JSONValue {
    /// The value as JSON text.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): value == -.infinity ? "-Infinity" : "\(value)"
        case .string(let value): "\"\(value)\""
        case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\"\($0.key)\": \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    var elements: [JSONValue] { if case .array(let values) = self { values } else { [] } }
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: .nan
        }
    }
}
