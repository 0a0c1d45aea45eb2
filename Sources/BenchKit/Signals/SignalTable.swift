import Checkpoint
import UNet1D

/// Signals as tables: `batch,position,channel_0,…`, and a line for each position of each batch element.
enum SignalTable {
    /// The table of a signal.
    ///
    /// - Parameters:
    ///   - signal: (batch, channels, length).
    ///   - firstRow: the number of its first batch element.
    static func bytes(_ signal: Tensor, firstRow: Int) -> [UInt8] {
        let (channels, length) = (signal.shape[1], signal.shape[2])
        var text = "batch,position," + (0..<channels).map { "channel_\($0)" }.joined(separator: ",") + "\n"
        for batch in 0..<signal.shape[0] {
            for i in 0..<length {
                text += "\(firstRow + batch),\(i)"
                for channel in 0..<channels { text += ",\(signal.scalars[(batch * channels + channel) * length + i])" }
                text += "\n"
            }
        }
        return Array(text.utf8)
    }

    /// The signal of a table, (batch, channels, length): one of that form, or numbers alone with a column for each channel,
    /// whose first line may be titles. A byte order mark and empty lines are passed over.
    ///
    /// - Throws: `BenchError.signal` with the line that is wrong.
    static func signal(_ bytes: [UInt8], file: String) throws(BenchError) -> Tensor {
        var elements: [[Float]] = []
        var current: Substring?
        var (columns, hasPlaces) = (0, false)
        var firstLine: Int?
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0)
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            let fields = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
            if fields.count == 1, fields[0].isEmpty { continue }
            if firstLine == nil {
                firstLine = index
                columns = fields.count
                hasPlaces = fields.starts(with: ["batch", "position"]) && columns > 2
                if Float(fields[0]) == nil { continue }
            }
            guard fields.count == columns else {
                throw .signal(
                    file: file, found: "\(fields.count) columns in line \(index + 1)",
                    expected: "\(columns), as in line \((firstLine ?? 0) + 1)")
            }
            if elements.isEmpty || hasPlaces && fields[0] != current { elements.append([]) }
            current = fields[0]
            for field in fields.dropFirst(hasPlaces ? 2 : 0) {
                guard let number = Float(field) else {
                    throw .signal(
                        file: file, found: "\(String(field).quoted) in line \(index + 1)", expected: "a number")
                }
                elements[elements.count - 1].append(number)
            }
        }
        let channels = columns - (hasPlaces ? 2 : 0)
        guard let count = elements.first?.count, elements.allSatisfy({ $0.count == count }) else {
            throw .signal(
                file: file, found: elements.isEmpty ? "no numbers" : "batch elements of different lengths",
                expected: "a line for each position of each batch element")
        }
        let length = count / channels
        var scalars: [Float] = []
        scalars.reserveCapacity(elements.count * count)
        for element in elements {
            for channel in 0..<channels { for i in 0..<length { scalars.append(element[i * channels + channel]) } }
        }
        return Tensor(unchecked: scalars, shape: [elements.count, channels, length])
    }
}

extension Substring {
    /// Without white space at its ends.
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
