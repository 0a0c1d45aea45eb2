@testable import BenchKit
import Testing
import UNet1D

/// What is read of the machine, on made-up ones.
@Suite struct MachineTests {
    @Test func memoryIsTheLessOfTheMachinesAndTheControlGroups() throws {
        let folder = try TemporaryFolder()
        #expect(AvailableMemory.bytes(root: folder.path) == nil)
        try folder.write("MemTotal: 900 kB\nMemAvailable:     800 kB\n", to: "proc/meminfo")
        #expect(AvailableMemory.bytes(root: folder.path) == 800 * 1024)
        try folder.write("max\n", to: "sys/fs/cgroup/memory.max")
        try folder.write("1000\n", to: "sys/fs/cgroup/memory.current")
        #expect(AvailableMemory.bytes(root: folder.path) == 800 * 1024)
        try folder.write("5000\n", to: "sys/fs/cgroup/memory.max")
        #expect(AvailableMemory.bytes(root: folder.path) == 4000)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let library = ProfileLibrary(folders: [])
        let work = try Workload(profile: nil, model: nil, flags: Settings(), library: library)
        let plan = try work.plan(try work.model.outline(), options: Session.Options())
        try AvailableMemory.check(plan, workers: 1, subject: "x", available: 1 << 30)
        try AvailableMemory.check(plan, workers: 1, subject: "x", available: nil)
        let error = #expect(throws: BenchError.self) {
            try AvailableMemory.check(plan, workers: 1, subject: "x", available: 1 << 20)
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("memory"))
    }

    @Test func lastLevelCachesAreCountedOnceEach() throws {
        let folder = try TemporaryFolder()
        #expect(CacheSizes.lastLevelBytes(root: folder.path) == 64 << 20)
        #expect(CacheSizes.lastLevelBytes(workers: 3, root: folder.path) == 64 << 20)
        for cpu in 0..<4 {
            for (index, level, size, shared) in [(0, 1, "32K", "\(cpu)"), (3, 3, "16M", cpu < 2 ? "0-1" : "2-3")] {
                let cache = "sys/devices/system/cpu/cpu\(cpu)/cache/index\(index)/"
                try folder.write("\(level)\n", to: cache + "level")
                try folder.write("\(size)\n", to: cache + "size")
                try folder.write("\(shared)\n", to: cache + "shared_cpu_list")
            }
        }
        #expect(CacheSizes.lastLevelBytes(root: folder.path) == 32 << 20)
        #expect(CacheSizes.lastLevelBytes(workers: 1, root: folder.path) == 16 << 20)
        #expect(CacheSizes.lastLevelBytes(workers: 4, root: folder.path) == 32 << 20)
        #expect(CacheSizes.bytes(level: 1, root: folder.path) == 32 << 10)
        #expect(CacheSizes.bytes(level: 2, root: folder.path) == nil)
        // Instructions are no data.
        try folder.write("1\n", to: "sys/devices/system/cpu/cpu0/cache/index1/level")
        try folder.write("16K\n", to: "sys/devices/system/cpu/cpu0/cache/index1/size")
        try folder.write("Instruction\n", to: "sys/devices/system/cpu/cpu0/cache/index1/type")
        #expect(CacheSizes.bytes(level: 1, root: folder.path) == 32 << 10)
    }

    @Test func thisMachineHasAName() {
        let host = Host.current()
        #expect(!host.cpu.isEmpty && !host.os.isEmpty && host.cores > 0 && host.numaNodes > 0)
    }
}
