import Glibc

/// Calls of the allocator, where a library that counts them is loaded (with LD_PRELOAD, for instance).
struct HeapCounter {
    private let count: (@convention(c) () -> UInt64)?

    /// Looks for `uint64_t unet1d_heap_count(void)` among the loaded libraries.
    init() {
        // RTLD_DEFAULT is a null pointer. Source: glibc, dlfcn.h.
        count = dlsym(nil, "unet1d_heap_count").map { unsafeBitCast($0, to: (@convention(c) () -> UInt64).self) }
    }

    /// Calls so far; nil if nobody counts.
    var calls: UInt64? { count.map { $0() } }
}
