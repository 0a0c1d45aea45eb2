public import Planning

/// How a model computes. Everything here but memory advice decides bits.
public struct Options: Sendable, Hashable {
    /// The instruction set; nil: the widest that the machine has.
    public var isa: ISA?
    /// Which convolution algorithms may be used.
    public var accuracy: Accuracy
    /// Whether to ask for huge pages for the arena. A refusal is no error.
    public var hugePages: Bool
    /// Whether to lock the arena in memory. A refusal is no error; see `Session.memoryLocked`.
    public var lockMemory: Bool

    /// Options, with their defaults.
    public init(isa: ISA? = nil, accuracy: Accuracy = .fast, hugePages: Bool = true, lockMemory: Bool = false) {
        self.isa = isa
        self.accuracy = accuracy
        self.hugePages = hugePages
        self.lockMemory = lockMemory
    }
}
