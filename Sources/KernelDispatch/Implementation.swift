import CKernels
import CUNet1DSystem
import KernelsAVX2
import KernelsAVX512
import KernelsAVX512BF16
import KernelsGeneric

/// A set of kernels that can be listed and forced.
///
/// Everything here is decided from the processor's features alone; nothing blocks.
package struct Implementation: Sendable {
    /// The instruction set's name; for tests another, such as "reference".
    package let name: String
    /// The instruction set; nil for kernels of tests.
    package let isa: ISA?
    /// The kernels and the geometry that they were compiled for.
    package let table: kernel_table
    /// Whether the processor multiplies pairs of bfloat16 itself; else the kernels do it by float32, which rounds sums elsewhere.
    package let multipliesBFloat: Bool

    /// Any kernels under any name, for tests.
    package init(name: String, isa: ISA?, table: kernel_table, multipliesBFloat: Bool = false) {
        self.name = name
        self.isa = isa
        self.table = table
        self.multipliesBFloat = multipliesBFloat
    }

    private init(unchecked isa: ISA) {
        var table =
            switch isa {
            case .generic: KernelsGeneric.kernelTable()
            case .avx2: KernelsAVX2.kernelTable()
            case .avx512: KernelsAVX512.kernelTable()
            }
        let multipliesBFloat = isa == .avx512 && processor_features() & PROCESSOR_AVX512BF16.rawValue != 0
        if multipliesBFloat {
            table.convolution_bfloat = KernelsAVX512BF16.bfloatConvolution()
            table.attention_bfloat = KernelsAVX512BF16.bfloatAttention()
        }
        self.init(name: isa.rawValue, isa: isa, table: table, multipliesBFloat: multipliesBFloat)
    }

    /// The kernels of one instruction set.
    ///
    /// - Throws: `ImplementationError.unavailable` if this machine cannot run them.
    package init(isa: ISA) throws(ImplementationError) {
        let missing = isa.missingFeatures()
        guard missing.isEmpty else {
            throw .unavailable(isa: isa, missing: missing, available: ISA.available)
        }
        self.init(unchecked: isa)
    }

    /// The implementations that this machine can run, narrowest first; without the reference.
    package static let available: [Implementation] = ISA.available.map(Implementation.init(unchecked:))

    /// The widest implementation that this machine can run.
    package static let best: Implementation = available[available.count - 1]
}

extension Implementation: CustomStringConvertible {
    package var description: String { name }
}
