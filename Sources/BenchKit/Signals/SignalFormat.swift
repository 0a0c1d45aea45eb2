import Checkpoint
import UNet1D

/// A form in which signals lie in files, by the extension of their names.
public enum SignalFormat: String, Sendable, CaseIterable {
    /// Sound, a file for each batch element.
    case wav
    /// A tensor of shape (batch, channels, length), beside others.
    case safetensors
    /// NumPy's file of one array, (batch, channels, length).
    case npy
    /// A table with a line for each position of each batch element.
    case csv

    /// The form of a file.
    ///
    /// - Parameter option: the flag that named it.
    /// - Throws: `BenchError.option` for another extension.
    init(of path: String, option: String) throws(BenchError) {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."),
            let format = SignalFormat(rawValue: name[name.index(after: dot)...].lowercased())
        else {
            throw .option(
                name: option, found: path,
                expected: "a name that ends with \(Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", "))")
        }
        self = format
    }
}

/// A signal of a file.
package struct StoredSignal {
    /// (batch, channels, length).
    package let tensor: Tensor
    /// Samples a second; nil where the file does not say.
    let sampleRate: Int?

    /// The most bytes of a file that are read.
    private static let maximumBytes = 1 << 31

    /// Reads a file. An array of two dimensions is (channels, length), one of one dimension a length. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - name: the tensor of a safetensors file.
    ///   - option: the flag that named the file.
    /// - Throws: `BenchError` with the file and what is wrong with it.
    package init(_ path: String, tensor name: String, option: String) throws(BenchError) {
        let format = try SignalFormat(of: path, option: option)
        func bytes() throws(BenchError) -> [UInt8] {
            try files { () throws(CheckpointError) in try AtomicFile.read(path, limit: Self.maximumBytes) }
        }
        switch format {
        case .wav:
            let (signal, rate) = try WaveFile.signal(try bytes(), file: path)
            (tensor, sampleRate) = (signal, rate)
        case .safetensors:
            let (values, shape) = try files { () throws(CheckpointError) in
                let file = try TensorFile(path: path)
                return (try file.floats(named: name), try file.tensor(named: name).shape)
            }
            (tensor, sampleRate) = (try Self.tensor(values, shape, path), nil)
        case .npy:
            let array = try NumpyArray(try bytes(), file: path)
            (tensor, sampleRate) = (try Self.tensor(array.values, array.shape, path), nil)
        case .csv: (tensor, sampleRate) = (try SignalTable.signal(try bytes(), file: path), nil)
        }
    }

    private static func tensor(_ values: [Float], _ shape: [Int], _ path: String) throws(BenchError) -> Tensor {
        guard 1...3 ~= shape.count, !values.isEmpty else {
            throw .signal(file: path, found: "the shape \(shape)", expected: "three sizes: batch, channels, length")
        }
        return Tensor(unchecked: values, shape: [Int](repeating: 1, count: 3 - shape.count) + shape)
    }
}

/// Files that a signal is written to.
struct SignalOutput {
    /// The name that was asked for.
    let path: String
    let format: SignalFormat
    /// How numbers are stored in WAV files.
    let depth: WaveDepth
    /// The batch elements that are written, by their numbers.
    let rows: Range<Int>

    /// The most WAV files.
    static let mostWaves = 1000

    /// The names of the files: WAV files of several batch elements have the element's number before the extension.
    var paths: [String] {
        guard format == .wav, rows.count > 1 else { return [path] }
        let stem = path.dropLast(format.rawValue.count + 1)
        return rows.map { "\(stem)-\($0)\(path.suffix(format.rawValue.count + 1))" }
    }

    /// The files, each with its bytes.
    ///
    /// - Parameters:
    ///   - signal: (batch, channels, length): all batch elements.
    ///   - sampleRate: that of WAV files.
    /// - Throws: `BenchError` with the file.
    func files(_ signal: Tensor, sampleRate: Int) throws(BenchError) -> [(path: String, bytes: [UInt8])] {
        let (channels, length) = (signal.shape[1], signal.shape[2])
        let elements = rows.map { row in
            Array(signal.scalars[row * channels * length..<(row + 1) * channels * length])
        }
        let chosen = Tensor(unchecked: elements.flatMap { $0 }, shape: [rows.count, channels, length])
        switch format {
        case .wav:
            var files: [(path: String, bytes: [UInt8])] = []
            for (path, element) in zip(paths, elements) {
                let signal = Tensor(unchecked: element, shape: [1, channels, length])
                files.append(
                    (path, try WaveFile.bytes(signal, sampleRate: sampleRate, depth: depth, file: path)))
            }
            return files
        case .safetensors:
            let tensor = WritableTensor(name: "sample", shape: chosen.shape, values: chosen.scalars)
            return [
                (
                    path,
                    try BenchKit.files { () throws(CheckpointError) in try SafetensorsWriter.bytes(tensor, path: path) }
                )
            ]
        case .npy: return [(path, NumpyArray.bytes(chosen))]
        case .csv: return [(path, SignalTable.bytes(chosen, firstRow: rows.lowerBound))]
        }
    }
}
