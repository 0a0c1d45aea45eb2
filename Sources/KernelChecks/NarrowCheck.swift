import CKernels
package import KernelDispatch
import KernelsReference

/// Floats rounded to a 16-bit type: halves of last places, ends of the range, subnormals, and random bits.
package struct NarrowCheck: KernelCheck {
    package var element: kernel_element
    package var count: Int

    package init(element: kernel_element, count: Int) {
        self.element = element
        self.count = count
    }

    package var description: String { "narrowing of \(count) elements to type \(element.rawValue)" }

    private static let edges: [Float] = [
        0, -0.0, .infinity, -.infinity, .nan, 1, 65504, 65519, 65519.996, 65520, 65536, -65520, 0x1p-14, 0x1.ffcp-15,
        0x1.ffep-15, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1.fffffep127, 0x1.fep127, 0x1.fefffep127,
        0x1.ffp127,
        0x1p-126, 0x1p-133, 0x1p-134, 0x1.8p-133, .leastNonzeroMagnitude, 1.00048828125, 1.00146484375, 1.00390625,
        1.01171875,
    ]

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = memory.floats(count)
        var state: UInt32 = 1
        for i in 0..<count {
            state = state &* 1_664_525 &+ 1_013_904_223
            x[i] = i < Self.edges.count ? Self.edges[i] : Float(bitPattern: state)
        }
        func compute(_ table: kernel_table) -> UnsafeMutablePointer<UInt16> {
            let y = memory.bytes(2 * count).assumingMemoryBound(to: UInt16.self)
            var a = narrow_arguments(x: x, element: Int(element.rawValue), count: count, y: y)
            table.narrow(&a, 0, nil)
            return y
        }
        let expected = compute(KernelsReference.kernelTable())
        let infinity: UInt16 = element == KERNEL_ELEMENT_F16 ? 0x7c00 : 0x7f80
        func isNaN(_ bits: UInt16) -> Bool { bits & 0x7fff > infinity }
        return collect(implementations, memory) { table in
            let got = compute(table)
            for i in 0..<count where got[i] != expected[i] && !(isNaN(got[i]) && isNaN(expected[i])) {
                return "\(x[i]) becomes \(got[i]) instead of \(expected[i])"
            }
            return nil
        }
    }

    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        [NarrowCheck(element: KERNEL_ELEMENT_F16, count: 999), NarrowCheck(element: KERNEL_ELEMENT_BF16, count: 999)]
    }
}
