import ArgumentParser
import Foundation
import UNet1D

/// Forwards of one model for another program, which has the reference: reads requests from standard input until it ends.
///
/// A request: Int64 index of the instruction set in `ISA.allCases`, batch, length and count, then so many times sample (batch,
/// channels, length) as Float and `batch` timesteps as Int64. The answers on standard output, so many times: Int64 count of the
/// output, and the output as Float; one count of −1 where the machine lacks the instruction set.
struct ForwardServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Forwards of a model for Tests/Gates/reference/sweep.py.")

    @Argument(help: "The model's folder.") var folder: String
    @Flag(help: "Plans without a budget of rounding, which the other program must notice.") var plant = false

    func run() throws {
        let model = try UNet1DModel(directory: folder)
        let pool = try WorkerPool(workers: 1)
        while let request = try FileHandle.standardInput.read(upToCount: 32), request.count == 32 {
            let header = numbers(request, as: Int64.self)
            let isa = ISA.allCases[Int(header[0])]
            let shape = ForwardShape(batch: Int(header[1]), length: Int(header[2]), timesteps: Int(header[1]))
            var options = Session.Options(isa: isa)
            if plant { options.roundingLimit = .infinity }
            let available = ISA.available.contains(isa)
            let plan = try model.plan(shape, options: available ? options : Session.Options())
            let inputs = try (0..<header[3]).map { _ in
                let sample = numbers(try read(4 * plan.sampleCount), as: Float.self)
                return (sample, numbers(try read(8 * shape.batch), as: Int64.self).map { Int($0) })
            }
            guard available else {
                answer(-1, [])
                continue
            }
            var session = try Session(model: model, shape: shape, pool: pool, options: options)
            for (sample, timesteps) in inputs {
                var output = [Float](repeating: .nan, count: plan.outputCount)
                var span = output.mutableSpan
                session.forward(sample: sample.span, timestep: try Timestep(timesteps), output: &span)
                answer(output.count, output)
            }
        }
    }

    private func read(_ count: Int) throws -> Data {
        var data = Data()
        while data.count < count {
            guard let more = try FileHandle.standardInput.read(upToCount: count - data.count), !more.isEmpty else {
                stop("serve: the request ends after \(data.count) of \(count) bytes")
            }
            data += more
        }
        return data
    }

    private func numbers<Number>(_ data: Data, as _: Number.Type) -> [Number] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<Number>.stride).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
            }
        }
    }

    private func answer(_ count: Int, _ output: [Float]) {
        var data = withUnsafeBytes(of: Int64(count)) { Data($0) }
        output.withUnsafeBytes { data += Data($0) }
        FileHandle.standardOutput.write(data)
    }
}
