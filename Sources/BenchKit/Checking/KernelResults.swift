import KernelArguments
import KernelChecks
import KernelDispatch

extension Check {
    /// A few small cases of every kernel of an implementation, beside the reference.
    static func kernels(_ implementation: Implementation) -> Check {
        Check(.kernels, implementation.name) { () throws(BenchError) in
            var wrong: [String] = []
            for kernel in Kernel.allCases {
                guard let first = implementation.failures(of: kernel).first else { continue }
                wrong.append("\(kernel.rawValue) (\(first))")
            }
            let total = Kernel.allCases.count
            if wrong.isEmpty { return .ok("\(total) kernels compute what the reference does") }
            let list = wrong.joined(separator: "; ")
            return .failed("\(wrong.count) of \(total) kernels differ from the reference: \(list)")
        }
    }

    /// An instruction set that this machine cannot run.
    static func missing(_ isa: ISA) -> Check {
        .skipped(.kernels, isa.rawValue, "this machine lacks \(isa.missingFeatures().joined(separator: ", "))")
    }
}
