// swift-tools-version: 6.3
import PackageDescription

/// The flags of ../Package.swift's kernelSettings: what is measured must be what is shipped, so change both.
func kernelSettings(march: String) -> [SwiftSetting] {
    [
        .unsafeFlags(
            ["-Ounchecked", "-wmo", "-disable-batch-mode", "-num-threads", "1", "-Xcc", "-march=\(march)"])
    ]
}

/// A package of its own, so that no user of the library resolves the dependencies of its benchmarks.
///
/// Links/ are symbolic links to the root package's kernels, which import nothing but CKernels, to their arguments, to its noise,
/// and to its workers: a dependency on the root package would see its products alone, and these are none.
let package = Package(
    name: "Benchmarks",
    dependencies: [
        // Without its traits it replaces no allocator and no runtime function under the kernels.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: [])
    ],
    targets: [
        // Every kernel on every instruction set, alone on one core.
        .executableTarget(
            name: "Kernels",
            dependencies: [
                "CKernels", "KernelArguments", "KernelsGeneric", "KernelsAVX2", "KernelsAVX512", "CProcessor",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Kernels",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        // What waking a parked worker costs, and handing work to a spinning one.
        .executableTarget(name: "Waiting", dependencies: ["Workers", "CUNet1DSystem"], path: "Waiting"),
        // Random numbers of denoising loops.
        .executableTarget(name: "Noise", dependencies: ["UNet1DSampling", "CUNet1DSystem"], path: "Noise"),
        .target(name: "UNet1DSampling", dependencies: ["CKernels"], path: "Links/UNet1DSampling"),
        .target(name: "Workers", dependencies: ["CUNet1DSystem", "Memory"], path: "Links/Workers"),
        .target(name: "Memory", dependencies: ["CUNet1DSystem", "CNUMA"], path: "Links/Memory"),
        .target(name: "CUNet1DSystem", path: "Links/CUNet1DSystem", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CNUMA", path: "Links/CNUMA"),
        // Which of the instruction sets this machine has.
        .target(name: "CProcessor", path: "CProcessor"),
        .target(name: "CKernels", path: "Links/CKernels"),
        .target(name: "KernelArguments", dependencies: ["CKernels"], path: "Links/KernelArguments"),
        .target(
            name: "KernelsGeneric", dependencies: ["CKernels"], path: "Links/KernelsGeneric",
            swiftSettings: kernelSettings(march: "x86-64")),
        .target(
            name: "KernelsAVX2", dependencies: ["CKernels"], path: "Links/KernelsAVX2",
            swiftSettings: kernelSettings(march: "x86-64-v3")),
        .target(
            name: "KernelsAVX512", dependencies: ["CKernels"], path: "Links/KernelsAVX512",
            swiftSettings: kernelSettings(march: "x86-64-v4")),
    ]
)
