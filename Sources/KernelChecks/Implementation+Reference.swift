package import KernelDispatch
import KernelsReference

extension Implementation {
    /// The scalar kernels in Double that the others are tested against.
    package static let reference = Implementation(
        name: "reference", isa: nil, table: KernelsReference.kernelTable())
}
