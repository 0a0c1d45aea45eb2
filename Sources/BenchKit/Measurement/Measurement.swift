/// Times of forwards, and what the process used meanwhile.
public struct Measurement: Sendable {
    /// Milliseconds of every measured forward, in order; empty where their lines were written meanwhile and not all of
    /// them are kept.
    public var samples: [Double]
    /// What their times tell, and how many of them were disturbed.
    public var forwards: Timings
    /// The probe that alternated with the forwards; nil if none was requested.
    public var probe: ProbeFigures?
    /// What others did meanwhile; nil where the program took turns with others.
    public var interference: Interference?
    /// Milliseconds of the first forward of the session.
    public var firstForward: Double
    /// Seconds from the start of the first measured forward to the end of the last.
    public var elapsedSeconds: Double
    /// Calls a forward that took memory from the heap; nil in a build with a sanitizer.
    public var heapAllocationsPerForward: Double?
    /// Page faults of the process a forward, minor and major.
    public var pageFaultsPerForward: Double
    /// Periods in which no forward could start, because the one before had not ended.
    public var missedPeriods: Int
    /// The most bytes that the process had in memory, up to the end of the measurement.
    public var peakResidentBytes: Int
    /// Forwards that took longer than the deadline; 0 without one.
    public var lateForwards = 0
}

/// What the probe measured of the machine.
public struct ProbeFigures: Sendable, Equatable {
    /// Its times.
    public var timings: Timings
    /// Bytes that it streamed.
    public var bytes: Int
    /// Multiply-adds on what it streamed.
    public var multiplyAdds: Int
}

extension ProbeFigures: ReportRecord {
    /// Times and work.
    public static var fields: [Field<ProbeFigures>] {
        Timings.fields.of(\.timings) + [
            Field("bytes", .bytes, \.bytes), Field("multiply_adds", \.multiplyAdds),
        ]
    }
}
