package import CKernels

extension kernel_winograd_form {
    /// Products of a group.
    package var points: Int { rawValue }

    /// Whether a sequence is one group.
    package var isWhole: Bool { self == .whole2 || self == .whole4 }

    /// Positions of a group that is not of the tail.
    package var outputs: Int { isWhole ? (points + 1) / 2 : points - 4 }

    /// Positions before a group, and after it, that it reads.
    package var margin: Int { isWhole ? 0 : 2 }
}
