import Foundation
import TestSupport

/// What Tests/Fixtures/noise holds of a draw.
struct NoiseDigest: Decodable, Sendable, Equatable {
    /// The bits of up to four values.
    let first: [UInt32]
    /// The bits of up to four values.
    let last: [UInt32]
    /// FNV-1a 64 of the bits of all values, in hexadecimal.
    let fnv: String

    init(_ values: some BidirectionalCollection<Float>) {
        first = values.prefix(4).map(\.bitPattern)
        last = values.suffix(4).map(\.bitPattern)
        let hash = values.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
        fnv = String(repeating: "0", count: hash.leadingZeroBitCount / 4) + String(hash, radix: 16)
    }

    /// The cases of a file.
    static func cases<Case: Decodable>(_ name: String) -> [Case] {
        let path = "\(Fixture.root)/noise/\(name).json"
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode([String: [Case]].self, from: data), let cases = manifest["cases"]
        else { preconditionFailure("cannot read \(path)") }
        return cases
    }
}
