@testable import BenchKit
import Glibc
import Testing

/// In builds with a sanitizer nothing is counted.
@Suite(.enabled(if: HeapCalls.count != nil)) struct HeapCallsTests {
    /// A way to take memory from the heap, and the alignment that it promises.
    struct Taking: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let alignment: Int
        let take: @Sendable () -> UnsafeMutableRawPointer?
    }

    private static let ways = [
        Taking(testDescription: "malloc", alignment: 16) { malloc(100) },
        Taking(testDescription: "calloc", alignment: 16) { calloc(10, 10) },
        Taking(testDescription: "realloc", alignment: 16) { realloc(nil, 100) },
        Taking(testDescription: "reallocarray", alignment: 16) { reallocarray(nil, 10, 10) },
        Taking(testDescription: "aligned_alloc", alignment: 256) { aligned_alloc(256, 512) },
        Taking(testDescription: "posix_memalign", alignment: 4096) {
            var memory: UnsafeMutableRawPointer?
            return posix_memalign(&memory, 4096, 100) == 0 ? memory : nil
        },
        Taking(testDescription: "valloc", alignment: 4096) { valloc(100) },
        Taking(testDescription: "Swift", alignment: 32) { .allocate(byteCount: 100, alignment: 32) },
    ]

    /// Other tests may take memory meanwhile: at least one call is counted.
    @Test(arguments: ways) func isCountedAndUsable(way: Taking) throws {
        let before = try #require(HeapCalls.count)
        let memory = try #require(way.take())
        #expect(try #require(HeapCalls.count) > before)
        #expect(UInt(bitPattern: memory) % UInt(way.alignment) == 0)
        memset(memory, 1, 100)
        free(memory)
    }

    @Test func whatCannotBeTakenIsRefused() {
        var memory: UnsafeMutableRawPointer?
        #expect(posix_memalign(&memory, 3, 100) == EINVAL && memory == nil)
        #expect(reallocarray(nil, .max, 2) == nil && errno == ENOMEM)
        #expect(aligned_alloc(24, 48) == nil)
    }
}
