package import KernelArguments
package import KernelDispatch

extension Implementation {
    /// Runs a few small cases of every kernel and compares them with the reference.
    ///
    /// Takes well under a second. Allocates; must not be called while a session runs.
    ///
    /// - Returns: what differs, a sentence each with the kernel, its sizes and the numbers; empty if all is well.
    package func selfTest() -> [String] {
        Kernel.allCases.flatMap { failures(of: $0) }
    }

    /// What a few small cases of one kernel find.
    package func failures(of kernel: Kernel) -> [String] {
        kernel.checks.flatMap { $0.failures(of: [self], guarded: false) }
    }
}
