/// What the workers did in some forwards that followed one another.
public struct Recording: Sendable, Equatable {
    /// The forwards in order; at least one.
    public var forwards: [Forward]

    /// A recorded forward.
    public struct Forward: Sendable, Equatable {
        /// When it began, in microseconds since the first one did.
        public var startMicroseconds: Double
        /// What the workers did in it.
        public var timeline: Timeline

        /// A recorded forward.
        public init(startMicroseconds: Double, timeline: Timeline) {
            self.startMicroseconds = startMicroseconds
            self.timeline = timeline
        }
    }

    /// A recording.
    ///
    /// - Precondition: there is a forward.
    public init(forwards: [Forward]) {
        precondition(!forwards.isEmpty)
        self.forwards = forwards
    }

    /// The forward whose time is nearest to the median.
    public var representative: Timeline {
        let times = forwards.map(\.timeline.microseconds)
        let median = Statistics.percentile(50, ofSorted: times.sorted())
        return forwards.first { $0.timeline.microseconds == median }.unsafelyUnwrapped.timeline
    }
}
