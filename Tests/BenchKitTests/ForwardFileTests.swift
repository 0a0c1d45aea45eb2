@testable import BenchKit
import Checkpoint
import Foundation
import TestSupport
import Testing
import UNet1D

@Suite struct ForwardFileTests {
    /// A safetensors file of tensors with any type and shape, all bytes as given.
    private static func file(_ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])]) -> Data {
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let end = data.count + tensor.bytes.count
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(data.count),\(end)]}"
            )
            data += tensor.bytes
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        return Data(length + header + data)
    }

    private static func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    private static let sample = ("sample", "F32", [1, 14, 8], [UInt8](repeating: 0, count: 14 * 8 * 4))

    private func read(
        _ tensors: [(String, String, [Int], [UInt8])]
    ) throws -> Result<ForwardFile, BenchError> {
        let folder = try TemporaryFolder()
        let path = folder.path + "/io.safetensors"
        try Self.file(tensors.map { (name: $0.0, type: $0.1, shape: $0.2, bytes: $0.3) }).write(
            to: URL(filePath: path))
        do throws(BenchError) { return .success(try ForwardFile(path: path)) } catch { return .failure(error) }
    }

    @Test func timestepsInEveryForm() throws {
        let forms: [(String, [Int], [UInt8], Timestep)] = [
            ("F64", [], Self.bytes([-2.75]), Timestep(-2)),
            ("F64", [1], Self.bytes([-2.75]), try Timestep([-2.75])),
            ("I64", [], Self.bytes([Int64(7)]), Timestep(7)),
            ("I32", [2], Self.bytes([Int32(7), 8]), try Timestep([7, 8])),
            ("U8", [], [255], Timestep(255)),
            ("F32", [], Self.bytes([Float(0.5)]), Timestep(Float(0.5))),
            ("F16", [1], [0x00, 0x38], Timestep(Float(0.5))),
            ("BF16", [1], [0x00, 0x3F], Timestep(Float(0.5))),
        ]
        for (type, shape, bytes, expected) in forms {
            #expect(
                try read([Self.sample, ("timestep", type, shape, bytes)]).get().timestep == expected, "\(type) \(shape)"
            )
        }
        let infinite = try read([Self.sample, ("timestep", "F32", [1], Self.bytes([Float.infinity]))]).get().timestep
        #expect(infinite == Timestep(Float.infinity))
    }

    @Test func whatCannotBeAnInputIsRefusedByFileAndTensor() throws {
        let timestep = ("timestep", "I64", [1], Self.bytes([Int64(7)]))
        let bad: [([(String, String, [Int], [UInt8])], String)] = [
            ([Self.sample], "timestep"),
            ([timestep], "sample"),
            ([Self.sample, ("timestep", "F64", [], Self.bytes([Double.nan]))], "timestep"),
            ([Self.sample, ("timestep", "F64", [], Self.bytes([Double.infinity]))], "timestep"),
            ([Self.sample, ("timestep", "F64", [], Self.bytes([1e300]))], "timestep"),
            ([Self.sample, ("timestep", "I64", [1, 1], Self.bytes([Int64(7)]))], "timestep"),
            ([Self.sample, ("timestep", "I64", [0], [])], "timestep"),
            ([Self.sample, ("timestep", "BOOL", [1], [1])], "timestep"),
            ([("sample", "F64", [1, 14, 1], [UInt8](repeating: 0, count: 112)), timestep], "sample"),
            ([("sample", "F32", [14, 8], [UInt8](repeating: 0, count: 448)), timestep], "sample"),
        ]
        for (tensors, mention) in bad {
            guard case .failure(let error) = try read(tensors) else {
                Issue.record("accepted: \(tensors.map { ($0.0, $0.1, $0.2) })")
                continue
            }
            #expect("\(error)".contains("io.safetensors") && "\(error)".contains(mention), "\(error)")
        }
    }

    @Test func nanEqualsNaNOnly() {
        let nan = Float.nan
        let infinity = Float.infinity
        #expect(Verification(output: [nan, 1], expected: [nan, 1], tolerance: nil).passed)
        #expect(!Verification(output: [1], expected: [nan], tolerance: 1e9).passed)
        #expect(!Verification(output: [nan], expected: [1], tolerance: 1e9).passed)
        #expect(Verification(output: [infinity], expected: [infinity], tolerance: nil).passed)
        #expect(!Verification(output: [infinity], expected: [-infinity], tolerance: 1e9).passed)
        #expect(!Verification(output: [1], expected: [infinity], tolerance: nil).passed)
    }

    @Test func theToleranceGrowsWithWhatIsExpected() {
        let verification = Verification(output: [20, -1], expected: [20.5, -1], tolerance: nil)
        #expect(verification.tolerance == 1e-4 * 20.5)
        #expect(verification.maxError == 0.5)
        #expect(verification.maxExpected == 20.5)
        #expect(verification.line == "max_abs_error=0.5 max_abs_expected=20.5 tolerance=\(1e-4 * 20.5) FAIL")
        #expect(Verification(output: [0], expected: [0], tolerance: nil).tolerance == 1e-4)
    }

    @Test func settingsOutOfRangeAreRefused() {
        let changes: [(String, (inout Settings) -> Void)] = [
            ("threads", { $0.threads = 0 }), ("threads", { $0.threads = 100_000 }), ("isa", { $0.isa = "sse" }),
            ("numa", { $0.numa = "everywhere" }), ("accuracy", { $0.accuracy = "exact" }),
            ("precision", { $0.precision = "bf8" }), ("machine", { $0.machine = "x" }), ("spin", { $0.spin = "-1" }),
            ("spin", { $0.spin = "soon" }), ("warmup", { $0.warmup = -1 }), ("iterations", { $0.iterations = 0 }),
            ("duration", { $0.duration = 0 }), ("period", { $0.period = .nan }), ("deadline", { $0.deadline = -1 }),
        ]
        for (name, change) in changes {
            var settings = Settings()
            change(&settings)
            let error = #expect(throws: BenchError.self) {
                _ = try Compute(settings, library: ProfileLibrary(folders: []))
                _ = try Schedule(settings)
            }
            #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("--\(name)"))
        }
    }
}
