/// What each worker did in one forward, and when.
public struct Timeline: Sendable, Equatable {
    /// Microseconds from the forward's beginning to its end.
    public var microseconds: Double
    /// Runs of tiles: worker after worker, those of one in the order in which they began. A worker's do not overlap.
    /// Between them it had no tile.
    public var events: [Event]

    /// Consecutive tiles of one operation that one worker ran without another between them.
    public struct Event: Sendable, Equatable {
        /// The worker; 0 is the thread that called for the forward.
        public var worker: Int
        /// The operation's index among those of the report.
        public var operation: Int
        /// The first tile, counted within the operation.
        public var firstTile: Int
        /// The tile after the last.
        public var endTile: Int
        /// When the first tile began, in microseconds since the forward did.
        public var startMicroseconds: Double
        /// When the last tile ended.
        public var endMicroseconds: Double

        /// A run of tiles.
        public init(
            worker: Int, operation: Int, firstTile: Int, endTile: Int, startMicroseconds: Double,
            endMicroseconds: Double
        ) {
            self.worker = worker
            self.operation = operation
            self.firstTile = firstTile
            self.endTile = endTile
            self.startMicroseconds = startMicroseconds
            self.endMicroseconds = endMicroseconds
        }
    }

    /// A timeline.
    public init(microseconds: Double, events: [Event]) {
        self.microseconds = microseconds
        self.events = events
    }
}

extension Timeline: ReportRecord {
    /// The forward's time, and what the workers did.
    public static var fields: [Field<Timeline>] {
        [Field("forward_us", .microseconds, \.microseconds), Field("events", \.events)]
    }
}

extension Timeline.Event: ReportRecord {
    /// Who, what, when.
    public static var fields: [Field<Timeline.Event>] {
        [
            Field("worker", \.worker), Field("operation", \.operation), Field("first_tile", \.firstTile),
            Field("end_tile", \.endTile), Field("start_us", .microseconds, \.startMicroseconds),
            Field("end_us", .microseconds, \.endMicroseconds),
        ]
    }
}
