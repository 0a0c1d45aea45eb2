/// A buffer of the arena while it is planned.
struct Buffer: Sendable, Hashable {
    /// Floats from position 0 to the end, without the zero rows.
    var floats: Int
    /// Floats of a position: what a zero position takes.
    var positionStride: Int
    /// The halo that readers need: zero positions before position 0 and after the last.
    var positionsBefore = 0
    var positionsBehind = 0
    var totalFloats: Int { floats + (positionsBefore + positionsBehind) * positionStride }
}
