extension Timeline {
    /// A time in which a worker had no tile, because an operation that others were at had to end first.
    public struct Wait: Sendable, Equatable {
        /// The worker that waited.
        public var worker: Int
        /// The operation whose last tile ended the wait, an index into the report's.
        public var operation: Int
        /// The worker that ran this tile.
        public var holder: Int
        /// When the wait began, in microseconds since the forward did.
        public var startMicroseconds: Double
        /// When the worker went on: some time after the operation's end, if it had to be woken.
        public var endMicroseconds: Double
    }

    /// What workers waited for: worker after worker, in the order in which it happened.
    ///
    /// A stage begins when the one before has ended. A worker without tiles waits for the ends of stages, one after another;
    /// no wait is counted for the stage that it ends itself.
    ///
    /// - Parameters:
    ///   - workers: those of the pool.
    ///   - stages: the stage of each operation of the report.
    /// - Complexity: O(workers × stages + events). Allocates.
    public func waits(workers: Int, stages: [Int]) -> [Wait] {
        let ends = stageEnds(stages)
        let ofWorker = Dictionary(grouping: events, by: \.worker)
        return (0..<workers).flatMap { waits(of: $0, ofWorker[$0] ?? [], stages, ends) }
    }

    /// The event that ends each stage of the forward, in order.
    private func stageEnds(_ stages: [Int]) -> [(stage: Int, last: Event)] {
        var last: [Int: Event] = [:]
        for event in events {
            let stage = stages[event.operation]
            if let other = last[stage], other.endMicroseconds >= event.endMicroseconds { continue }
            last[stage] = event
        }
        return last.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func waits(
        of worker: Int, _ own: [Event], _ stages: [Int], _ ends: [(stage: Int, last: Event)]
    ) -> [Wait] {
        var waits: [Wait] = []
        var now = 0.0
        // The first stage whose end the worker has not waited for.
        var next = 0
        func wait(untilStage stage: Int, from start: Double) {
            var begin = now
            while next < ends.count, ends[next].stage < stage {
                let last = ends[next].last
                next += 1
                let isFinal = next == ends.count || ends[next].stage >= stage
                let end = isFinal ? start : min(start, last.endMicroseconds)
                if last.worker != worker, end > begin {
                    waits.append(
                        Wait(
                            worker: worker, operation: last.operation, holder: last.worker, startMicroseconds: begin,
                            endMicroseconds: end))
                }
                begin = max(begin, end)
            }
        }
        for event in own {
            wait(untilStage: stages[event.operation], from: event.startMicroseconds)
            now = event.endMicroseconds
        }
        if let end = ends.last { wait(untilStage: .max, from: end.last.endMicroseconds) }
        return waits
    }
}
