import Testing

@testable import Planning

/// Files of shared weights are named by what is in them: no field of a request may be missing from its text.
@Suite struct WeightIdentityTests {
    private static let part = WeightPart(
        tensor: "a", outputs: 1, firstColumn: 2, heads: HeadPadding(size: 3, stride: 4), scale: 5,
        inputs: InputSlice(first: 6, of: 7))
    private static let matrix = MatrixRequest(
        parts: [part], columns: 1, sources: [2], taps: 3, layout: .convolution, inputHeads: nil, element: .f32)

    /// Who adds a field adds it to the text, too, and here.
    @Test func everyFieldIsKnown() {
        let fields: [(Any, [String])] = [
            (Self.part, ["tensor", "outputs", "firstColumn", "heads", "scale", "inputs"]),
            (Self.matrix, ["parts", "columns", "sources", "taps", "layout", "inputHeads", "element"]),
            (WinogradRequest(weight: Self.matrix, form: .f45, element: .f32), ["weight", "form", "element"]),
            (VectorRequest(parts: [], count: 1), ["parts", "count"]),
            (HeadPadding(size: 1, stride: 2), ["size", "stride"]),
            (InputSlice(first: 1, of: 2), ["first", "count"]),
        ]
        for (value, names) in fields { #expect(Mirror(reflecting: value).children.map(\.label) == names) }
    }

    @Test func requestsThatDifferHaveDifferentTexts() {
        func matrix(_ change: (inout MatrixRequest) -> Void) -> WeightRequest {
            var matrix = Self.matrix
            change(&matrix)
            return .matrix(matrix)
        }
        func part(_ change: (inout WeightPart) -> Void) -> WeightRequest {
            var part = Self.part
            change(&part)
            return .vector(VectorRequest(parts: [part], count: 1))
        }
        let requests: [WeightRequest] =
            [
                matrix { _ in }, matrix { $0.parts = [] }, matrix { $0.parts.append(Self.part) },
                matrix { $0.columns = 9 }, matrix { $0.sources = [1, 1] }, matrix { $0.taps = 9 },
                matrix { $0.layout = .identity }, matrix { $0.layout = .transposed(firstTap: 0) },
                matrix { $0.layout = .transposed(firstTap: 1) },
                matrix { $0.layout = .transpose(of: Self.matrix, taps: [0]) },
                matrix { $0.layout = .transpose(of: Self.matrix, taps: [1]) },
                matrix { $0.inputHeads = HeadPadding(size: 3, stride: 4) }, matrix { $0.element = .f16 },
                matrix { $0.element = .bf16 }, matrix { $0.element = .bf16Pairs },
                part { _ in }, part { $0.tensor = "b" }, part { $0.outputs = 9 }, part { $0.firstColumn = 9 },
                part { $0.heads = nil }, part { $0.heads = HeadPadding(size: 3, stride: 9) },
                part { $0.heads = HeadPadding(size: 9, stride: 4) }, part { $0.scale = .nan }, part { $0.scale = -5 },
                part { $0.inputs = nil }, part { $0.inputs = InputSlice(first: 9, of: 7) },
                part { $0.inputs = InputSlice(first: 6, of: 9) },
                .vector(VectorRequest(parts: [], count: 1)), .vector(VectorRequest(parts: [], count: 2)),
                .frequencies(.fourier(tensor: "a", count: 1)), .frequencies(.fourier(tensor: "b", count: 1)),
                .frequencies(.fourier(tensor: "a", count: 2)),
                .frequencies(.positional(count: 1, shift: BitwiseDouble(0))),
                .frequencies(.positional(count: 1, shift: BitwiseDouble(-0.0))),
                .frequencies(.positional(count: 2, shift: BitwiseDouble(0))),
            ]
            + WinogradForm.allCases.flatMap { form in
                [WeightElement.f32, .f16].map {
                    .winograd(WinogradRequest(weight: Self.matrix, form: form, element: $0))
                }
            }
        #expect(Set(requests).count == requests.count)
        #expect(Set(requests.map(\.identity)).count == requests.count)
        let placements: [WeightPlacement] = [
            .anywhere, .node(0), .node(1), .interleaved([0]), .interleaved([0, 1]), .interleaved([1, 0]),
        ]
        #expect(Set(placements.map(\.identity)).count == placements.count)
    }

    /// Every bit of every byte counts, and so do two that are one lane's signs.
    @Test(arguments: [8, 64, 72, 200, 512])
    func checksumsSeeEveryBit(count: Int) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        defer { bytes.deallocate() }
        for index in 0..<count { bytes[index] = UInt8(truncatingIfNeeded: index &* 37) }
        let base = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped)
        let written = WeightChecksum.of(base, count: count)
        func isSeen(_ flipped: [Int]) -> Bool {
            for bit in flipped { bytes[bit / 8] ^= 1 << UInt8(bit % 8) }
            defer { for bit in flipped { bytes[bit / 8] ^= 1 << UInt8(bit % 8) } }
            return WeightChecksum.of(base, count: count) != written
        }
        let unseen = (0..<8 * count).filter { !isSeen([$0]) }
        #expect(unseen == [])
        if count >= 128 {
            let sign = 63
            let isPairSeen = isSeen([sign, sign + 512])
            #expect(isPairSeen)
        }
    }
}
