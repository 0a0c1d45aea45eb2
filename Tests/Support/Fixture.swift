public import Checkpoint
import Foundation
public import UNet1D

/// A forward of the reference, or its refusal: an entry of Tests/Fixtures/visible/manifest.json.
public struct Fixture: Sendable, Decodable, CustomStringConvertible {
    public let name: String
    public let dir: String
    public let expect: String
    public let stage: String?
    public let io: String?
    public let suggestedAtol: Double?
    public let timestep: TimestepForm?
    public let intermediates: String?

    public struct TimestepForm: Sendable, Decodable {
        public let form: String
    }

    enum CodingKeys: String, CodingKey {
        case name, dir, expect, stage, io, timestep, intermediates
        case suggestedAtol = "suggested_atol"
    }

    public var description: String { name }

    /// The folder of all fixtures.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").path

    /// Every entry of the visible set.
    public static let all: [Fixture] = {
        struct Manifest: Decodable { let cases: [Fixture] }
        let path = root + "/visible/manifest.json"
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { preconditionFailure("cannot read \(path)") }
        return manifest.cases
    }()

    /// Entries with an expected output.
    public static let numeric = all.filter { $0.expect == "ok" }
    /// Entries that the reference raises for.
    public static let refused = all.filter { $0.expect == "error" }

    public var directory: String { Fixture.root + "/visible/" + dir }

    /// The tensors of the entry, nil where it has none.
    public func tensors() throws -> ForwardTensors? {
        try io.map { try ForwardTensors(path: directory + "/" + $0, tolerance: suggestedAtol) }
    }

    /// An entry by name.
    public static func named(_ name: String) -> Fixture {
        guard let fixture = all.first(where: { $0.name == name }) else { preconditionFailure("no fixture \(name)") }
        return fixture
    }
}

/// The input of a forward with its expected output, from a safetensors file.
public struct ForwardTensors: Sendable {
    public let file: TensorFile
    public let sample: [Float]
    public let sampleShape: [Int]
    public let timestep: Timestep
    public let expected: [Float]
    public let expectedShape: [Int]
    public let tolerance: Double

    /// Reads `sample`, `timestep` and, where there is one, `expected`. A rank-0 F64 timestep is a Python float.
    public init(path: String, tolerance: Double?) throws {
        file = try TensorFile(path: path)
        sample = try file.floats(named: "sample")
        sampleShape = try file.tensor(named: "sample").shape
        let numbers = try file.numbers(named: "timestep")
        timestep =
            numbers.shape.isEmpty && numbers.elementType == .f64
            ? try Timestep(truncating: numbers.values[0]) : try Timestep(numbers.values)
        if let description = try? file.tensor(named: "expected") {
            expected = try file.floats(named: "expected")
            expectedShape = description.shape
        } else {
            expected = []
            expectedShape = []
        }
        self.tolerance = tolerance ?? 0
    }

    public var shape: ForwardShape {
        ForwardShape(batch: sampleShape[0], length: sampleShape[2], timesteps: timestep.count)
    }

    /// One forward of `session`.
    public func run(_ session: inout Session) -> [Float] {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: timestep, output: &span)
        return output
    }

    /// The largest difference from `expected`; infinite where NaN stands on one side only.
    public func error(of output: [Float]) -> Double { largestDifference(output, expected) }
}

/// The largest absolute difference; NaN equals NaN.
public func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    var largest = 0.0
    for (x, y) in zip(a, b) where !(x.isNaN && y.isNaN) && x != y {
        let difference = abs(Double(x) - Double(y))
        largest = max(largest, difference.isNaN ? .infinity : difference)
    }
    return largest
}

/// Pools by number of workers, made once for all tests.
public enum Pools {
    public static let counts = [1, 2, 3, 5]

    private static let pools: [Int: WorkerPool] = Dictionary(
        uniqueKeysWithValues: counts.compactMap { count in
            (try? WorkerPool(workers: count)).map { (count, $0) }
        })

    public static func pool(_ workers: Int) -> WorkerPool {
        guard let pool = pools[workers] else { preconditionFailure("no pool of \(workers) workers could be made") }
        return pool
    }
}
