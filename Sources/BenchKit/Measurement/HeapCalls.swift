import CHeapCount

/// Calls that took memory from the heap, of all threads and libraries of this process.
enum HeapCalls {
    /// Calls so far; nil in a build with a sanitizer, which has a heap of its own. Allocates nothing.
    static var count: UInt64? { heap_calls_are_counted() ? heap_calls() : nil }
}
