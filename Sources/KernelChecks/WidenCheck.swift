import CKernels
import Glibc
package import KernelDispatch
import KernelsReference

/// Every pattern of the 16-bit formats, and floats and doubles, at an odd address.
package struct WidenCheck: KernelCheck {
    package var element: kernel_element
    package var count: Int

    package init(element: kernel_element, count: Int) {
        self.element = element
        self.count = count
    }

    package var description: String { "widening of \(count) elements of type \(element.rawValue)" }

    private static let edges: [Double] = [
        0, -0.0, .infinity, -.infinity, .nan, 1, 1 + 0x1p-24, 1 + 0x1p-24 + 0x1p-50, 1 + 0x1.8p-23, 0x1p-149, 0x1p-150,
        0x1.8p-150, 0x1.123456789p-140, 0x1.fffffeffp127, 0x1.ffffffp127, 1e300, -1e-300, .leastNonzeroMagnitude,
    ]

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let size =
            switch element {
            case KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16: 2
            case KERNEL_ELEMENT_F64: 8
            default: 4
            }
        // One more byte before the elements gives them an odd address, as they end with a page.
        let x = memory.bytes(count * size + 1, alignment: 1)
        let uniform = memory.uniform(count, seed: 1, scale: 3)
        for i in 0..<count {
            let value = i < WidenCheck.edges.count ? WidenCheck.edges[i] : Double(uniform[i]) / 3
            switch element {
            case KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16:
                x.storeBytes(of: UInt16(truncatingIfNeeded: i), toByteOffset: i * size, as: UInt16.self)
            case KERNEL_ELEMENT_F64: x.storeBytes(of: value, toByteOffset: i * size, as: Double.self)
            default: x.storeBytes(of: Float(value), toByteOffset: i * size, as: Float.self)
            }
        }
        func compute(_ table: kernel_table, _ bytes: UnsafeRawPointer) -> UnsafeMutablePointer<Float> {
            let y = memory.floats(count)
            Output(y, count).clear()
            var a = widen_arguments(x: bytes, element: Int32(element.rawValue), count: count, y: y)
            table.widen(&a, 0, nil)
            return y
        }
        let expected = compute(KernelsReference.kernelTable(), x)
        // The last element flush with the page, and every address odd or even.
        let flush = memory.bytes(count * size, alignment: 1)
        memcpy(flush, x, count * size)
        return collect(implementations, memory) { table in
            difference(compute(table, x), expected, count) ?? difference(compute(table, flush), expected, count)
                ?? signFailure(compute(table, x), expected)
        }
    }

    /// Zeros keep their sign.
    private func signFailure(_ got: UnsafePointer<Float>, _ expected: UnsafePointer<Float>) -> String? {
        for i in 0..<count where expected[i] == 0 && got[i].sign != expected[i].sign {
            return "zero \(i) has the wrong sign"
        }
        return nil
    }
}

/// The generator of random weights, to the bit.
package struct UniformCheck: KernelCheck {
    package var hash: UInt64
    package var first: Int
    package var count: Int
    package var scale: Float
    package var offset: Float

    package init(hash: UInt64, first: Int, count: Int, scale: Float, offset: Float) {
        self.hash = hash
        self.first = first
        self.count = count
        self.scale = scale
        self.offset = offset
    }

    package var description: String {
        "uniform numbers \(first) to \(first + count) of \(hash), \(offset) ± \(scale)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        func compute(_ table: kernel_table) -> UnsafeMutablePointer<Float> {
            let y = memory.floats(count)
            var a = uniform_arguments(
                hash: hash, first: first, count: count, scale: scale, offset: offset, y: y)
            table.uniform(&a, 0, nil)
            return y
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { difference(compute($0), expected, count) }
    }
}

extension WidenCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        [KERNEL_ELEMENT_F32, KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16, KERNEL_ELEMENT_F64]
            .map { WidenCheck(element: $0, count: 1001) }
    }
}
