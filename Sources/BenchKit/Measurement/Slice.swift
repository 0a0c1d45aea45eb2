/// What was measured in one go: all of a measurement, or a slice between slices of others.
struct Slice: Sendable, Equatable {
    /// The forwards, in order.
    var forwards: [Stopwatch.Reading]
    /// The probes that alternated with them.
    var probes: [Stopwatch.Reading]
    /// What else it took.
    var use: SliceUse
}
