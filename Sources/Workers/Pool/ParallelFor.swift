extension WorkerPool {
    /// A parallel-for that the embedder brings, for a pool that starts no thread of its own.
    ///
    /// The function is called as `function(context, count, body, bodyContext)` and must call `body(bodyContext, index)`
    /// exactly once for each index in 0 ..< count, in any order, on any threads, one after another or at once, and
    /// return when all of these calls have returned and what they wrote is visible to its caller. Breaking these rules
    /// ends the process where that is seen, and is undefined where it is not. It may be called from several threads at
    /// once if sessions are. What it allocates or waits for, a forward does.
    public struct ParallelFor: @unchecked Sendable {
        // Sendable unchecked: a function pointer, and a context of which the embedder promises that any thread may use
        // it.

        /// The function to run for each index. It never throws, waits for no other index, and flushes subnormals only
        /// while it runs.
        public typealias Body = @convention(c) (_ bodyContext: UnsafeMutableRawPointer?, _ index: Int) -> Void

        /// Runs a body for 0 ..< count.
        public typealias Function =
            @convention(c) (
                _ context: UnsafeMutableRawPointer?, _ count: Int, _ body: Body, _ bodyContext: UnsafeMutableRawPointer?
            ) -> Void

        /// The largest count that the parallel-for is called with: the threads that the embedder has, its caller
        /// included.
        public let workers: Int
        let function: Function
        let context: UnsafeMutableRawPointer?

        /// A parallel-for.
        ///
        /// - Parameters:
        ///   - workers: 1 ... `WorkerPool.maximumWorkers`; decides memory for scratch, and no bits.
        ///   - context: passed on to `function`; must outlive the pool.
        ///   - function: the parallel-for.
        public init(workers: Int, context: UnsafeMutableRawPointer? = nil, function: Function) {
            self.workers = workers
            self.context = context
            self.function = function
        }
    }
}
