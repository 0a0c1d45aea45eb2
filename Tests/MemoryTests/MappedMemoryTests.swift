import CUNet1DSystem
import Glibc
import Testing

@testable import Memory

@Suite struct MappedMemoryTests {
    @Test(arguments: [0, 1, 4095, 4096, 4097, 10 << 20])
    func roundsUpToPagesOfZeros(bytes: Int) throws {
        let memory = try MappedMemory(bytes: bytes)
        let page = system_page_bytes()
        #expect(
            memory.bytes >= max(bytes, 1) && memory.bytes < bytes + 2 * page && memory.bytes % page == 0)
        #expect(Int(bitPattern: memory.base) % 64 == 0)
        #expect(memory.base.load(fromByteOffset: memory.bytes - 1, as: UInt8.self) == 0)
    }

    @Test func touchedPagesFaultNoMore() throws {
        let memory = try MappedMemory(bytes: 64 << 20)
        memory.touch()
        let before = system_process_usage().minor_faults
        for offset in stride(from: 0, to: memory.bytes, by: 4096) {
            memory.base.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
        }
        // The other threads of the process may fault meanwhile; 16384 pages would show.
        #expect(system_process_usage().minor_faults - before < 2000)
    }

    @Test func wishesAreReported() throws {
        let plain = try MappedMemory(bytes: 1, options: .init(adviseHugePages: false))
        #expect(
            plain.granted
                == .init(hugePagesAdvised: false, hugePagesRefusal: 0, locked: false, lockRefusal: 0))
        let wishful = try MappedMemory(bytes: 1, options: .init(adviseHugePages: true, lock: true))
        #expect(wishful.granted.hugePagesAdvised == (wishful.granted.hugePagesRefusal == 0))
        #expect(wishful.granted.locked == (wishful.granted.lockRefusal == 0))
    }

    @Test func refusalsAreTyped() {
        #expect(throws: MemoryError.size(bytes: -1)) { _ = try MappedMemory(bytes: -1).bytes }
        #expect(throws: MemoryError.size(bytes: .max)) { _ = try MappedMemory(bytes: .max).bytes }
        let error = #expect(throws: MemoryError.self) { _ = try MappedMemory(bytes: 1 << 60).bytes }
        #expect(error?.description.contains("\(1 << 60) bytes") == true)
        #expect(throws: MemoryError.self) { _ = try GuardedBuffers(sizes: [100, 1 << 60]).buffers }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 4096, 10_000])
    func guardedBuffersEndAtTheGuard(size: Int) throws {
        let guarded = try GuardedBuffers(sizes: [size, 64])
        #expect(guarded.buffers.allSatisfy { Int(bitPattern: $0) % 64 == 0 })
        for index in 0..<size {
            guarded.buffers[0].storeBytes(of: 1, toByteOffset: index, as: UInt8.self)
        }
        let slack = (64 - size % 64) % 64
        #expect((Int(bitPattern: guarded.buffers[0]) + size + slack) % system_page_bytes() == 0)
    }

    @Test func readingPastTheEndIsAFault() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let guarded = try GuardedBuffers(sizes: [128])
            _ = guarded.buffers[0].load(fromByteOffset: 128, as: UInt8.self)
        }
    }

    @Test func writingBeforeAPageIsAFault() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let guarded = try GuardedBuffers(sizes: [4096])
            guarded.buffers[0].storeBytes(of: 1, toByteOffset: -1, as: UInt8.self)
        }
    }
}
