import CUNet1DSystem

/// An instruction set that the kernels are compiled for.
public enum ISA: String, CaseIterable, Sendable {
    /// The x86-64 baseline: SSE2.
    case generic
    /// AVX2 with FMA, F16C, BMI, LZCNT and MOVBE: Haswell, Zen and later.
    case avx2
    /// AVX-512 F, BW, CD, DQ and VL besides these: Skylake server, Zen 4 and later.
    case avx512
}

extension ISA {
    /// What the compiler may use in this instruction set's kernels, with the bits of processor.h.
    private var requirements: [(name: String, feature: processor_feature)] {
        switch self {
        case .generic: []
        case .avx2:
            [
                ("AVX", PROCESSOR_AVX), ("AVX2", PROCESSOR_AVX2), ("FMA", PROCESSOR_FMA), ("F16C", PROCESSOR_F16C),
                ("BMI1", PROCESSOR_BMI1), ("BMI2", PROCESSOR_BMI2), ("LZCNT", PROCESSOR_LZCNT),
                ("MOVBE", PROCESSOR_MOVBE),
            ]
        case .avx512:
            ISA.avx2.requirements + [
                ("AVX512F", PROCESSOR_AVX512F), ("AVX512BW", PROCESSOR_AVX512BW), ("AVX512CD", PROCESSOR_AVX512CD),
                ("AVX512DQ", PROCESSOR_AVX512DQ), ("AVX512VL", PROCESSOR_AVX512VL),
            ]
        }
    }

    /// The processor features that this instruction set needs and that are not among `features`.
    ///
    /// - Parameter features: bits of `processor_feature`, those of this machine unless given.
    /// - Returns: names as in the processor's manual; empty if the instruction set can be used.
    package func missingFeatures(in features: UInt32 = processor_features()) -> [String] {
        requirements.filter { $0.feature.rawValue & features == 0 }.map(\.name)
    }

    /// Whether this machine, its operating system included, can run this instruction set's kernels.
    public var isAvailable: Bool { missingFeatures().isEmpty }

    /// The instruction sets of this machine, narrowest first.
    public static var available: [ISA] { allCases.filter(\.isAvailable) }
}
