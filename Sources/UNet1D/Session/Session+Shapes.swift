import Planning

// Which shapes a session is prepared for, and which of them a forward computes.

extension Session {
    /// What a forward of the selected shape does.
    public var plan: Plan { prepared.plans[selected] }

    /// The shapes that the session is prepared for.
    public var shapes: [ForwardShape] { prepared.plans.map(\.shape) }

    /// Lets the next forwards compute another of the prepared shapes. Allocates nothing and touches no memory of the
    /// session: the first forward of a shape costs what every other does.
    ///
    /// - Throws: `UNet1DError.shape` for a shape that the session is not prepared for; the selected one then stays.
    /// - Complexity: O(prepared shapes).
    public mutating func select(_ shape: ForwardShape) throws(UNet1DError) {
        guard let index = prepared.index(of: shape) else {
            throw .shape(
                found: "\(shape)",
                expected: "one that the session is prepared for (\(shapes.map { "\($0)" }.joined(separator: "; "))): "
                    + "give it to the session's initialiser, or to prepare")
        }
        selected = index
    }

    /// Prepares the session for another shape too; which one is selected stays. Plans, packs weights that are not
    /// packed yet, allocates an arena for the largest shape and touches it, as the initialiser does; until that is
    /// done, the memory of both is held. Blocks on the disk and on other threads that pack weights of the same model.
    ///
    /// Memory that the caller brought must hold the shape's `arenaBytes`, too.
    ///
    /// - Throws: any `UNet1DError` but `workers` and `timestep`; the session then stays as it was.
    public mutating func prepare(_ shape: ForwardShape) throws(UNet1DError) {
        if prepared.index(of: shape) != nil { return }
        let plans = prepared.plans + [try preparation.plan(shape)]
        prepared = try preparation.make(plans, workers: pool.workers)
        (latestWhole, conditioned) = (nil, nil)
    }
}
