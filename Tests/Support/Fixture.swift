package import Checkpoint
import Foundation
package import UNet1D

/// A forward of the reference, or its refusal: an entry of a manifest in Tests/Fixtures.
package struct Fixture: Sendable, Decodable, CustomStringConvertible {
    package let name: String
    package let dir: String
    package let expect: String
    package let stage: String?
    package let io: String?
    package let suggestedAtol: Double?
    package let timestep: TimestepForm?
    package let intermediates: String?
    /// The folder of its manifest, below Tests/Fixtures.
    package private(set) var set = ""

    package struct TimestepForm: Sendable, Decodable {
        package let form: String
    }

    enum CodingKeys: String, CodingKey {
        case name, dir, expect, stage, io, timestep, intermediates
        case suggestedAtol = "suggested_atol"
    }

    package var description: String { name }

    /// The folder of all fixtures.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").path

    /// Every entry of the visible set, and of the sets of habits that people publish.
    package static let all: [Fixture] = ["visible", "found/0.26.3", "found/0.36.0"].flatMap(entries)

    private static func entries(ofSet set: String) -> [Fixture] {
        struct Manifest: Decodable { let cases: [Fixture] }
        let path = "\(root)/\(set)/manifest.json"
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { preconditionFailure("cannot read \(path)") }
        return manifest.cases.map { entry in
            var fixture = entry
            fixture.set = set
            return fixture
        }
    }

    /// Entries with an expected output.
    package static let numeric = all.filter { $0.expect == "ok" }
    /// Entries that the reference raises for.
    package static let refused = all.filter { $0.expect == "error" }

    package var directory: String { "\(Fixture.root)/\(set)/\(dir)" }

    /// The tensors of the entry, nil where it has none.
    package func tensors() throws -> ForwardTensors? {
        try io.map { try ForwardTensors(path: directory + "/" + $0, tolerance: suggestedAtol) }
    }

    /// An entry by name.
    package static func named(_ name: String) -> Fixture {
        guard let fixture = all.first(where: { $0.name == name }) else { preconditionFailure("no fixture \(name)") }
        return fixture
    }
}

/// The input of a forward with its expected output, from a safetensors file.
package struct ForwardTensors: Sendable {
    package let file: TensorFile
    package let sample: [Float]
    package let sampleShape: [Int]
    package let timestep: Timestep
    package let expected: [Float]
    package let expectedShape: [Int]
    package let tolerance: Double

    /// Reads `sample`, `timestep` and, where there is one, `expected`. A rank-0 F64 timestep is a Python float.
    package init(path: String, tolerance: Double?) throws {
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

    package var shape: ForwardShape {
        ForwardShape(batch: sampleShape[0], length: sampleShape[2], timesteps: timestep.count)
    }

    /// One forward of `session`.
    package func run(_ session: inout Session) -> [Float] {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: timestep, output: &span)
        return output
    }

    /// An output and its gradient; of the sum of all outputs without a cotangent.
    package func run(
        _ session: inout GradientSession, cotangent: [Float]? = nil
    ) -> (output: [Float], gradient: [Float]) {
        var output = [Float](repeating: .nan, count: session.plan.outputShape.reduce(1, *))
        var gradient = [Float](repeating: .nan, count: sample.count)
        var outputs = output.mutableSpan
        var slopes = gradient.mutableSpan
        session.valueAndGradient(
            sample: sample.span, timestep: timestep, cotangent: cotangent?.span, output: &outputs, gradient: &slopes)
        return (output, gradient)
    }

    /// The largest difference from `expected`; infinite where NaN stands on one side only.
    package func error(of output: [Float]) -> Double { largestDifference(output, expected) }
}

/// The largest absolute difference; NaN equals NaN.
package func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    var largest = 0.0
    for (x, y) in zip(a, b) where !(x.isNaN && y.isNaN) && x != y {
        let difference = abs(Double(x) - Double(y))
        largest = max(largest, difference.isNaN ? .infinity : difference)
    }
    return largest
}

/// Pools by number of workers, made once for all tests.
package enum Pools {
    private static let usual = [1, 2, 3, 5]

    /// The numbers of workers that the environment variable `UNET1D_TEST_WORKERS` names, separated by commas. Under
    /// ThreadSanitizer a forward takes so long that its runs ask for one number.
    package static let asked: [Int]? = {
        guard let text = ProcessInfo.processInfo.environment["UNET1D_TEST_WORKERS"], !text.isEmpty else { return nil }
        let counts = text.split(separator: ",").map { Int($0) ?? 0 }
        guard !counts.isEmpty, counts.allSatisfy({ $0 > 0 }) else {
            preconditionFailure("UNET1D_TEST_WORKERS: \(text) is not numbers of workers, separated by commas")
        }
        return counts
    }()

    package static let counts = asked ?? usual

    private static let pools: [Int: WorkerPool] = Dictionary(
        uniqueKeysWithValues: Set(usual + counts).compactMap { count in
            (try? WorkerPool(workers: count)).map { (count, $0) }
        })

    package static func pool(_ workers: Int) -> WorkerPool {
        guard let pool = pools[workers] else { preconditionFailure("no pool of \(workers) workers could be made") }
        return pool
    }
}
