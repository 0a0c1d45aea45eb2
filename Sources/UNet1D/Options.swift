public import Planning

extension Session {
    /// How a model computes. The instruction set, the accuracy, the precision and the machine profile decide bits; what
    /// concerns memory does not.
    ///
    /// ```swift
    /// let exact = Session.Options(accuracy: .strict)       // no form that rounds more than the direct one
    /// let halved = Session.Options(precision: .f16Weights) // half the bytes of weights
    /// let portable = Session.Options(isa: .avx2)           // equal bits on every processor with AVX2
    /// let steady = Session.Options(lockMemory: true)       // pages are never swapped out
    /// ```
    ///
    /// The defaults are the fastest. Set `isa` only where machines must agree on bits, and `machine` only to a profile
    /// that `unet1d-bench tune` measured on the same kind of machine.
    public struct Options: Sendable, Hashable {
        /// The instruction set; nil: the widest that the machine has.
        public var isa: ISA?
        /// Which convolution algorithms may be used.
        public var accuracy: Accuracy
        /// The numbers that weights are held in; f32 alone where the accuracy is strict.
        public var precision: Precision
        /// What is known of the machine. It decides tiles and algorithms, and is never measured implicitly.
        public var machine: MachineProfile
        /// Whether to request huge pages for arena and scratch. A refusal is no error; see `Session.placement`.
        public var hugePages: Bool
        /// Whether to lock arena and scratch in memory, not the packed weights, which sessions share: a program that
        /// wants those locked too calls mlockall. A refusal is no error; see `Session.placement`.
        public var lockMemory: Bool
        /// How memory is placed on a machine with several memory nodes. A refusal is no error; see `Session.placement`.
        public var numa: NUMAPolicy
        /// The outer levels that short forwards compute, 1 to the number of up blocks; nil: the session runs whole forwards
        /// alone. What comes from below them then keeps memory of its own. See `Session.shortForward`.
        public var shortLevels: Int?
        /// Whether there is a local condition for a robot policy that can read one; false is the reference's `local_cond=None`.
        public var localCondition: Bool
        /// The budget of rounding for `fast`, by which a gate proves that it is of use; nil: what is promised.
        package var roundingLimit: Double?

        /// Options, with their defaults.
        public init(
            isa: ISA? = nil, accuracy: Accuracy = .fast, precision: Precision = .f32,
            machine: MachineProfile = .builtIn, hugePages: Bool = true, lockMemory: Bool = false,
            numa: NUMAPolicy = .auto, shortLevels: Int? = nil, localCondition: Bool = true
        ) {
            self.isa = isa
            self.accuracy = accuracy
            self.precision = precision
            self.machine = machine
            self.hugePages = hugePages
            self.lockMemory = lockMemory
            self.numa = numa
            self.shortLevels = shortLevels
            self.localCondition = localCondition
        }
    }
}
