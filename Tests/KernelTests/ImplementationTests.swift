import CKernels
import KernelArguments
import KernelChecks
import KernelDispatch
import KernelsReference
import Testing

struct ImplementationTests {
    /// Bits 0 to 7 of processor.h are what AVX2 needs, bits 8 to 12 what AVX-512 needs besides.
    static let avx2Features: UInt32 = 0xFF
    static let avx512Features: UInt32 = 0x1FFF

    static let featureCases: [(isa: ISA, features: UInt32, missing: [String])] = [
        (.generic, 0, []),
        (.avx2, avx2Features, []),
        (.avx2, 0xFB, ["FMA"]),
        (.avx2, 0xCF, ["BMI1", "BMI2"]),
        (.avx512, avx512Features, []),
        (.avx512, 0x0FFF, ["AVX512VL"]),
        (.avx512, avx2Features, ["AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL"]),
        (.avx512, 0x1FFD, ["AVX2"]),
    ]

    @Test(arguments: featureCases)
    func needsFeatures(isa: ISA, features: UInt32, missing: [String]) {
        #expect(isa.missingFeatures(in: features) == missing)
    }

    @Test func listsNarrowestFirst() throws {
        let available = Implementation.available
        #expect(available.first?.isa == .generic)
        #expect(available.compactMap(\.isa) == ISA.available)
        #expect(available.map(\.table.geometry.lanes) == available.map(\.table.geometry.lanes).sorted())
        #expect(Implementation.best.isa == ISA.available.last)
        for isa in ISA.available { #expect(try Implementation(isa: isa).name == isa.rawValue) }
    }

    @Test(arguments: ISA.allCases.filter { !$0.isAvailable })
    func refusesWhatTheMachineLacks(isa: ISA) {
        #expect(throws: ImplementationError.self) { try Implementation(isa: isa) }
    }

    @Test func errorTellsTheWayOut() {
        let error = ImplementationError.unavailable(
            isa: .avx512, missing: ["AVX512F", "AVX512VL"], available: [.generic, .avx2])
        #expect(
            error.description
                == "instruction set avx512 is not available: this machine, or its operating system, lacks AVX512F, "
                + "AVX512VL; it has generic, avx2; use auto, or one of these")
    }

    @Test(arguments: Implementation.available + [.reference])
    func selfTestPasses(implementation: Implementation) {
        #expect(implementation.selfTest() == [])
    }

    /// Each kernel has cases of its own: they find that it does nothing.
    @Test(arguments: Kernel.allCases)
    func checksFindAKernelThatDoesNothing(kernel: Kernel) {
        var table = KernelsReference.kernelTable()
        table[keyPath: kernel.function] = { _, _, _ in }
        #expect(!Implementation(name: "idle", isa: nil, table: table).failures(of: kernel).isEmpty)
    }

    @Test func everyFunctionOfATableIsListed() {
        let places = Set(Kernel.allCases.map { MemoryLayout<kernel_table>.offset(of: $0.function) })
        let bytes = MemoryLayout<kernel_geometry>.size + places.count * MemoryLayout<kernel_function>.size
        #expect(places.count == Kernel.allCases.count)
        #expect(MemoryLayout<kernel_table>.size == bytes)
    }

    /// Kernels with one fault each, which the self test must find.
    @Test(arguments: ["reads", "misses", "strays", "rounds", "swallows", "signs"])
    func selfTestFinds(fault: String) {
        var table = KernelsReference.kernelTable()
        switch fault {
        case "reads": table.downsample = KernelsReference.kernelTable().upsample
        case "misses": table.convolution = { if $1 != 1 { KernelsReference.kernelTable().convolution($0, $1, $2) } }
        case "strays": table.scatter = straying
        case "rounds": table.statistics = imprecise
        case "swallows": table.combine = swallowing
        default: table.widen = unsigned
        }
        #expect(!Implementation(name: fault, isa: nil, table: table).selfTest().isEmpty)
    }
}

/// Writes an element of another tile.
private func straying(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    KernelsReference.kernelTable().scatter(arguments, tile, scratch)
    let a = arguments!.load(as: scatter_arguments.self)
    if tile == 0 { a.output[a.tile_positions] = a.x[a.tile_positions * a.padded_channels] }
}

/// M2 off by a hundred-thousandth.
private func imprecise(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    KernelsReference.kernelTable().statistics(arguments, tile, scratch)
    let a = arguments!.load(as: statistics_arguments.self)
    a.partials[(tile * a.groups) * 2 + 1] *= 1.00001
}

/// Zero instead of NaN.
private func swallowing(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    KernelsReference.kernelTable().combine(arguments, tile, scratch)
    let a = arguments!.load(as: combine_arguments.self)
    for i in 0..<(a.length * a.y_position_stride) where a.y[i].isNaN { a.y[i] = 0 }
}

/// Loses the sign of what is negative.
private func unsigned(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    KernelsReference.kernelTable().widen(arguments, tile, scratch)
    let a = arguments!.load(as: widen_arguments.self)
    for i in 0..<a.count { a.y[i] = abs(a.y[i]) }
}
