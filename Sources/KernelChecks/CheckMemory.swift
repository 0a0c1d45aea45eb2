import CKernels
import Glibc
internal import KernelArguments
import KernelsReference

/// The buffers of one check: zeroed, each in its own mapping, its last byte the last before a page that faults
/// (`guarded`) or that is checked for changes. The bytes around it, as far as its pages go, are checked as well.
///
/// Guarded memory ends the process at the first access past a buffer: it is for tests, not for users' machines.
package final class CheckMemory {
    private struct Mapping {
        let base: UnsafeMutableRawPointer
        let bytes: Int
        let used: Range<Int>
    }

    private static let page = 4096
    private static let canary: UInt8 = 0xA5
    private let isGuarded: Bool
    private var mappings: [Mapping] = []

    package init(guarded: Bool) {
        isGuarded = guarded
    }

    deinit {
        for mapping in mappings { munmap(mapping.base, mapping.bytes) }
    }

    /// `count` zero bytes. An alignment of 64 may leave some between the last and the next page.
    package func bytes(_ count: Int, alignment: Int = 64) -> UnsafeMutableRawPointer {
        let page = CheckMemory.page
        let size = (count + alignment - 1) / alignment * alignment
        let pages = max(1, (size + page - 1) / page)
        let total = (pages + 1) * page
        let base = mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else { preconditionFailure("no memory for a kernel check") }
        let used = pages * page - size..<pages * page - size + count
        memset(base, Int32(CheckMemory.canary), used.lowerBound)
        memset(base + used.upperBound, Int32(CheckMemory.canary), total - used.upperBound)
        if isGuarded { mprotect(base + pages * page, page, PROT_NONE) }
        mappings.append(Mapping(base: base, bytes: total, used: used))
        return base + used.lowerBound
    }

    /// `count` zeros.
    package func floats(_ count: Int, alignment: Int = 64) -> UnsafeMutablePointer<Float> {
        bytes(count * 4, alignment: alignment).bindMemory(to: Float.self, capacity: count)
    }

    /// `count` zeros.
    package func doubles(_ count: Int) -> UnsafeMutablePointer<Double> {
        bytes(count * 8).bindMemory(to: Double.self, capacity: count)
    }

    /// `count` uniform numbers in offset ± scale.
    package func uniform(
        _ count: Int, seed: UInt64, scale: Float = 1, offset: Float = 0, alignment: Int = 64
    ) -> UnsafeMutablePointer<Float> {
        let y = floats(count, alignment: alignment)
        fillUniform(y, count, seed: seed, scale: scale, offset: offset)
        return y
    }

    /// `count` rows of padded channels, uniform in offset ± scale, the padding zero.
    package func rows(
        _ count: Int, channels: Int, seed: UInt64, scale: Float = 1, offset: Float = 0
    ) -> UnsafeMutablePointer<Float> {
        let width = padded(channels)
        let y = uniform(count * width, seed: seed, scale: scale, offset: offset)
        if width > channels {
            for row in 0..<count { memset(y + row * width + channels, 0, (width - channels) * 4) }
        }
        return y
    }

    /// The absolute values of `count` floats.
    package func magnitudes(_ x: UnsafePointer<Float>, _ count: Int) -> UnsafeMutablePointer<Float> {
        let y = floats(count)
        var i = 0
        while i < count {
            y[i] = abs(x[i])
            i += 1
        }
        return y
    }

    /// Whether no byte before a buffer, or after it if unguarded, was written.
    package var isIntact: Bool {
        mappings.allSatisfy { mapping in
            let behind = isGuarded ? mapping.bytes - CheckMemory.page : mapping.bytes
            return isCanary(mapping.base, mapping.used.lowerBound)
                && isCanary(mapping.base + mapping.used.upperBound, behind - mapping.used.upperBound)
        }
    }

    /// Whether `count` bytes all are the canary: the first is, and each equals the one before it.
    private func isCanary(_ start: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        count == 0
            || start.load(as: UInt8.self) == CheckMemory.canary && memcmp(start, start + 1, count - 1) == 0
    }
}

/// Fills with uniform numbers in offset ± scale.
func fillUniform(
    _ y: UnsafeMutablePointer<Float>, _ count: Int, seed: UInt64, scale: Float = 1, offset: Float = 0
) {
    var arguments = uniform_arguments(
        hash: seed &* 0x9E37_79B9_7F4A_7C15, first: 0, count: count, scale: scale, offset: offset, y: y)
    KernelsReference.kernelTable().uniform(&arguments, 0, nil)
}
