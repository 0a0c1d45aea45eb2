import Benchmark
import CKernels
import CProcessor
import KernelArguments
import KernelsAVX2
import KernelsAVX512
import KernelsGeneric

/// A benchmark for every kernel below and every instruction set of this machine.
let benchmarks: @Sendable () -> Void = {
    for (isa, table) in availableTables() {
        func operations(_ name: String, _ prepare: @escaping (kernel_table) -> KernelCase) {
            register("\(name) \(isa)", .rate("GFLOP/s")) { prepare(table) }
        }
        func bytes(_ name: String, _ prepare: @escaping (kernel_table) -> KernelCase) {
            register("\(name) \(isa)", .rate("GB/s")) { prepare(table) }
        }
        for channels in [32, 64, 128, 256, 512] {
            operations("convolution \(channels)", Convolution(channels: channels).direct)
            for form in [kernel_winograd_form.f25, .f45, .f65, .f85, .fourier28] {
                operations("winograd \(channels) by \(form.outputs)") {
                    Convolution(channels: channels).winograd($0, form)
                }
            }
        }
        bytes("statistics", Pass().statistics)
        bytes("combine gelu") { Pass().combine($0, KERNEL_ACTIVATION_GELU) }
        bytes("combine mish") { Pass().combine($0, KERNEL_ACTIVATION_MISH) }
        bytes("downsample", Pass().downsample)
        for length in [256, 2048] { operations("attention \(length)", Attention(length: length).attention) }
    }
}

/// The kernels that this machine can run, narrowest first, under the names of `--isa`.
private func availableTables() -> [(isa: String, table: kernel_table)] {
    let level = processor_level()
    var tables = [("generic", KernelsGeneric.kernelTable())]
    if level >= 3 { tables.append(("avx2", KernelsAVX2.kernelTable())) }
    if level >= 4 { tables.append(("avx512", KernelsAVX512.kernelTable())) }
    return tables
}

extension BenchmarkMetric {
    fileprivate static func rate(_ unit: String) -> BenchmarkMetric {
        .custom(unit, polarity: .prefersLarger, useScalingFactor: false)
    }
}

/// An iteration is all tiles once. The arguments are prepared when the benchmark starts, not when it is listed.
private func register(_ name: String, _ rate: BenchmarkMetric, _ prepare: @escaping () -> KernelCase) {
    let configuration = Benchmark.Configuration(
        metrics: [rate, .wallClock], units: [rate: .count], warmupIterations: 3, maxDuration: .milliseconds(300))
    Benchmark(name, configuration: configuration) { (benchmark: Benchmark, kernel: KernelCase) in
        benchmark.measurement(rate, kernel.measure())
    } setup: {
        prepare()
    }
}
