// swift-tools-version: 6.3
import PackageDescription

// MARK: - Settings

/// Swift 6 language mode comes with the tools version. Warnings are errors where CI asks for it, so that a newer
/// compiler's new warning never breaks somebody else's build.
let strict: [SwiftSetting] =
    Context.environment["UNET1D_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// The name that programs ask the loader for, which the installer gives: in the build folder there is no such file.
let soname: [String] = Context.environment["UNET1D_SONAME"].map { ["-Xlinker", "-soname", "-Xlinker", $0] } ?? []

/// The C macro that gives CUNet1DSystem its GNU declarations (cpu_set_t, gettid).
let gnuSource: [CSetting] = [.define("_GNU_SOURCE")]

/// Kernels keep full optimisation in debug builds, so that `swift test` stays quick:
/// - `-Ounchecked`: no overflow checks between the vector instructions, no preconditions in the loops;
/// - `-wmo -num-threads 1`: one compilation for the module, so that calls between its files are inlined, and
///   `-disable-batch-mode`, the debug default that it contradicts;
/// - `-Xcc -march=…`: the instruction set, for Swift's own code and for the intrinsics of CKernels alike.
func kernelSettings(march: String, _ extra: [String] = []) -> [SwiftSetting] {
    strict + [
        .unsafeFlags(
            ["-Ounchecked", "-wmo", "-disable-batch-mode", "-num-threads", "1", "-Xcc", "-march=\(march)"] + extra)
    ]
}

/// Optimised in debug builds too, where the tests run code a lot: checks of overflow and preconditions stay.
let optimised =
    strict + [.unsafeFlags(["-O", "-wmo", "-disable-batch-mode", "-num-threads", "1"])]

// MARK: - Floor 0: C

let floor0: [Target] = [
    // cpuid, affinity, mappings, flush-to-zero, spin pause, futex. (swift-system has a target named CSystem.)
    .target(name: "CUNet1DSystem", cSettings: gnuSource),
    // libnuma's headers and library; the provider names the Debian package when it is missing.
    .systemLibrary(name: "CNUMA", providers: [.apt(["libnuma-dev"])]),
    // libsndfile's headers, for the command alone; it opens the library itself when a WAV file is named.
    .systemLibrary(name: "CSndfile", providers: [.apt(["libsndfile1-dev"])]),
    // The contracts of the kernels: argument structs with their formulas, and the table of function pointers.
    .target(name: "CKernels"),
    // Counts heap calls, in whatever program it is linked into: the command and the tests, never the libraries.
    .target(name: "CHeapCount"),
    // Ends a process at its first system call, for the command and the gates, never the libraries.
    .target(name: "CSystemCallFilter", cSettings: gnuSource),
    // unet1d.h, and the part of the C library that is written in C: texts, and the last message of a thread.
    .target(name: "CUNet1D"),
]

// MARK: - Floor 1: kernels, one set of sources compiled per instruction set; and mechanisms that know nothing of one another

let floor1: [Target] = [
    // The kernels' arguments from shapes and tiles.
    .target(name: "KernelArguments", dependencies: ["CKernels"], swiftSettings: optimised),
    // x86-64 baseline (SSE2): runs everywhere; multiplies, then adds.
    .target(name: "KernelsGeneric", dependencies: ["CKernels"], swiftSettings: kernelSettings(march: "x86-64")),
    // AVX2 with FMA and F16C (Haswell, Zen and later).
    .target(name: "KernelsAVX2", dependencies: ["CKernels"], swiftSettings: kernelSettings(march: "x86-64-v3")),
    // AVX-512 F, BW, CD, DQ, VL (Skylake server, Zen 4 and later).
    .target(name: "KernelsAVX512", dependencies: ["CKernels"], swiftSettings: kernelSettings(march: "x86-64-v4")),
    // The kernels that multiply bfloat16, for processors that do so themselves (Cooper Lake, Zen 4 and later).
    .target(
        name: "KernelsAVX512BF16", dependencies: ["CKernels"],
        swiftSettings: kernelSettings(march: "x86-64-v4", ["-Xcc", "-mavx512bf16"])),
    // Scalar, Double, untiled: the specification and the oracle of the tests. Optimised, as the tests run it a lot.
    .target(
        name: "KernelsReference", dependencies: ["CKernels"], swiftSettings: optimised),
    // Lifetimes → offsets.
    .target(name: "Arena", swiftSettings: optimised),
    // Mappings, huge pages, locks, nodes; the text files in which Linux describes itself.
    .target(name: "Memory", dependencies: ["CUNet1DSystem", "CNUMA"], swiftSettings: strict),
    // config.json and weight files. Parsers in the safe subset: strict memory safety makes every unsafe use a warning.
    .target(name: "Checkpoint", swiftSettings: strict + [.strictMemorySafety()]),
]

// MARK: - Floor 2: the choice of kernels, and workers

let floor2: [Target] = [
    // Processor features → implementations that can be listed and forced.
    .target(
        name: "KernelDispatch",
        dependencies: [
            "CUNet1DSystem", "CKernels", "KernelsGeneric", "KernelsAVX2", "KernelsAVX512", "KernelsAVX512BF16",
        ],
        swiftSettings: strict),
    // Topology, placement, the pool and its parallel-for.
    .target(name: "Workers", dependencies: ["CUNet1DSystem", "Memory"], swiftSettings: strict),
]

// MARK: - Floors 3 and 4: plan and library

let floor3to4: [Target] = [
    // Cases of every kernel against the reference. The command depends on it, no library does.
    .target(
        name: "KernelChecks", dependencies: ["CKernels", "KernelArguments", "KernelDispatch", "KernelsReference"],
        swiftSettings: optimised),
    .target(
        name: "Planning",
        dependencies: [
            "CUNet1DSystem", "CKernels", "KernelArguments", "KernelDispatch", "Arena", "Memory", "Checkpoint",
        ],
        swiftSettings: optimised),
    .target(
        name: "UNet1D",
        dependencies: ["Planning", "Workers", "Checkpoint", "KernelDispatch", "Arena", "Memory", "CUNet1DSystem"],
        swiftSettings: strict),
]

// MARK: - Floor 5: sampling

let floor5: [Target] = [
    // Denoising loops: schedulers as tables of weights, noise, and the loop itself.
    .target(
        name: "UNet1DSampling",
        dependencies: ["UNet1D", "Planning", "Workers", "Checkpoint", "KernelArguments", "Memory", "CKernels"],
        swiftSettings: strict)
]

// MARK: - Floors 5 and 6: the C library, measurement, downloads, and the command

let floor5to6: [Target] = [
    // The functions of unet1d.h. Swift's runtime is linked in, and the linker shows nothing but these functions; flags of the
    // linker hold for whatever has this target in it, so nothing but the library does.
    .target(
        name: "UNet1DC", dependencies: ["UNet1D", "UNet1DSampling", "Memory", "CUNet1D"],
        exclude: ["exports.map", "install", "unet1d.pc.in"], swiftSettings: strict,
        linkerSettings: [
            .unsafeFlags(
                [
                    "-static-stdlib", "-Xlinker",
                    "--version-script=\(Context.packageDirectory)/Sources/UNet1DC/exports.map",
                    // Threads of Dispatch outlive pools: the code that they run must stay.
                    "-Xlinker", "-z", "-Xlinker", "nodelete",
                    // Keeps the library at glibc 2.34: see runtime.c.
                    "-Xlinker", "--defsym=hypotf=runtime_hypotf",
                ] + soname)
        ]),
    // Profiles, measurement, statistics, reports, generated signals. The kernels are there for the probe of the machine's peak.
    .target(
        name: "BenchKit",
        dependencies: [
            "UNet1D", "UNet1DSampling", "Planning", "Workers", "Memory", "Checkpoint", "KernelArguments",
            "KernelDispatch", "CKernels", "CUNet1D", "CUNet1DSystem", "CSndfile", "CHeapCount",
            "CSystemCallFilter", "KernelChecks",
        ],
        swiftSettings: strict),
    // Downloads into the hub's cache. HTTP and TLS are in this target, and nothing but the command depends on it.
    .target(
        name: "HubClient",
        dependencies: [
            "Checkpoint", .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: strict + [.strictMemorySafety()]),
    .executableTarget(
        name: "unet1d-bench",
        dependencies: [
            "BenchKit", "Checkpoint", "HubClient", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        exclude: ["install", "manual"], swiftSettings: strict),
]

// MARK: - Tests

let tests: [Target] = [
    // The README's embedding example.
    .executableTarget(
        name: "embedding-example", dependencies: ["UNet1D"], path: "Tests/Embedding/Swift", swiftSettings: strict),
    // A planner at 50 Hz that is guided by a value function.
    .executableTarget(
        name: "planner-example", dependencies: ["UNet1DSampling"], path: "Tests/Embedding/Planner",
        swiftSettings: strict),
    // A robot policy at 10 Hz, under a deadline.
    .executableTarget(
        name: "policy-example", dependencies: ["UNet1DSampling"], path: "Tests/Embedding/Policy",
        swiftSettings: strict),
    // Fills a missing stretch of an ECG, by inpainting and by posterior sampling, and draws it as the command draws signals.
    .executableTarget(
        name: "filling-example", dependencies: ["BenchKit", "UNet1DSampling"], path: "Tests/Embedding/Filling",
        swiftSettings: strict),
    // Fixtures and pools for all test targets.
    .target(
        name: "TestSupport", dependencies: ["UNet1D", "Checkpoint", "Workers", "CUNet1DSystem"], path: "Tests/Support",
        swiftSettings: optimised),
    .testTarget(
        name: "KernelTests",
        dependencies: ["CKernels", "KernelArguments", "KernelChecks", "KernelDispatch", "KernelsReference"],
        swiftSettings: strict),
    .testTarget(name: "ArenaTests", dependencies: ["Arena"], swiftSettings: strict),
    .testTarget(name: "MemoryTests", dependencies: ["Memory", "CUNet1DSystem"], swiftSettings: strict),
    .testTarget(
        name: "WorkersTests", dependencies: ["Workers", "Memory", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "CheckpointTests", dependencies: ["Checkpoint", "TestSupport"], swiftSettings: strict),
    .testTarget(
        name: "HubClientTests",
        dependencies: [
            "HubClient", "Checkpoint", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ],
        swiftSettings: strict),
    .testTarget(
        name: "PlanningTests",
        dependencies: ["Planning", "Arena", "Checkpoint", "KernelArguments", "KernelDispatch", "KernelsReference"],
        swiftSettings: strict),
    .testTarget(
        name: "UNet1DTests",
        dependencies: [
            "UNet1D", "Checkpoint", "CKernels", "CUNet1DSystem", "KernelArguments", "KernelChecks", "KernelDispatch",
            "Memory",
            "Planning", "TestSupport", "embedding-example", "planner-example",
            "policy-example",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "UNet1DSamplingTests", dependencies: ["UNet1DSampling", "Checkpoint", "TestSupport", "filling-example"],
        swiftSettings: strict),
    // The command is a dependency so that it is built: its tests start it.
    .testTarget(
        name: "BenchKitTests",
        dependencies: [
            "BenchKit", "UNet1D", "Checkpoint", "CKernels", "Planning", "KernelChecks", "KernelDispatch",
            "KernelsReference", "Memory", "TestSupport", "unet1d-bench",
        ],
        exclude: ["Snapshots"], swiftSettings: strict),
    // What those ask of the kernel: counts of page faults.
    .target(name: "GateSystem", path: "Tests/Gates/System", cSettings: gnuSource),
    // What the scripts of Tests/Gates run: forwards under a heap counter, an emulated processor, a sanitizer.
    .executableTarget(
        name: "unet1d-gates",
        dependencies: [
            "UNet1D", "Checkpoint", "CSystemCallFilter", "CUNet1D", "CUNet1DSystem", "GateSystem", "KernelDispatch",
            "Memory", "Planning", "TestSupport", "UNet1DSampling", "Workers",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/Gates/Program",
        swiftSettings: strict),
]

// MARK: - Fuzzing

/// libFuzzer has the program's main function, so `Tests/Gates/fuzz` alone builds it.
let fuzzing: [Target] =
    Context.environment["UNET1D_FUZZING"] == nil
    ? []
    : [
        .executableTarget(
            name: "unet1d-fuzz",
            dependencies: ["BenchKit", "Checkpoint", "Planning", "TestSupport", "UNet1D", "UNet1DSampling"],
            path: "Tests/Fuzzing", exclude: ["Corpus", "README.md", "json.dict", "pickle.dict"], swiftSettings: strict)
    ]

// MARK: - Package

let package = Package(
    name: "UNet1D",
    products: [
        .library(name: "UNet1D", targets: ["UNet1D"]),
        .library(name: "UNet1DSampling", targets: ["UNet1DSampling"]),
        // libunet1d.so, for C and whatever calls C; `Sources/UNet1DC/install` installs it with unet1d.h.
        .library(name: "unet1d", type: .dynamic, targets: ["UNet1DC"]),
        .executable(name: "unet1d-bench", targets: ["unet1d-bench"]),
    ],
    dependencies: [
        // The command's flags and downloads; the library itself depends on nothing but the toolchain and libnuma.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Both major versions have the hashes, so that an embedder may have either.
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: floor0 + floor1 + floor2 + floor3to4 + floor5 + floor5to6 + tests + fuzzing
)
