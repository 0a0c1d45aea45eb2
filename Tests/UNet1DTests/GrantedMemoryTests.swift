import Foundation
import TestSupport
import Testing

@testable import UNet1D

/// What the system grants of locked memory and huge pages, and that sessions report just that. Each in a process of its own, which
/// has limits, a user and pages of its own. (Sanitizers turn mlock into nothing.)
@Suite(.enabled(if: dlsym(nil, "__asan_init") == nil && dlsym(nil, "__tsan_init") == nil))
struct GrantedMemoryTests {
    @Test func locksHold() async {
        await #expect(processExitsWith: .success) {
            let (model, bytes) = try Self.unlocked()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            try Self.check(model, isLocked: Self.mayLock(bytes))
        }
    }

    @Test func refusedLocksAreReported() async {
        await #expect(processExitsWith: .success) {
            let (model, bytes) = try Self.unlocked()
            var none = rlimit(rlim_cur: 0, rlim_max: 0)
            guard setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &none) == 0 else { exit(2) }
            // Root may lock whatever the limit is; where it may be nobody else, either, nothing is refused.
            let isHeld = geteuid() != 0 || setuid(65534) == 0
            let isLocked = Self.mayLock(bytes)
            if isHeld && isLocked { exit(3) }
            try Self.check(model, isLocked: isLocked)
        }
    }

    /// Where the kernel gathers pages unasked, without a wish for huge ones there may be some.
    @Test func hugePagesAreAskedForOnlyIfWished() async throws {
        await #expect(processExitsWith: .success) {
            let mode = try? String(contentsOfFile: "/sys/kernel/mm/transparent_hugepage/enabled", encoding: .utf8)
            let model = try Self.model()
            let without = try Self.session(model, Session.Options(hugePages: false))
            guard without.memoryBytes > 8 << 20, !without.placement.hugePages.granted else { exit(2) }
            guard mode?.contains("[always]") == true || without.placement.hugePageBytes ?? 0 == 0 else { exit(3) }
            let with = try Self.session(model, Session.Options(hugePages: true))
            guard mode == nil || (with.placement.hugePages.granted && with.placement.hugePageBytes != nil) else {
                exit(4)
            }
            exit(0...with.memoryBytes ~= with.placement.hugePageBytes ?? 0 ? 0 : 5)
        }
    }

    // MARK: - Sessions

    private static func model() throws -> UNet1DModel {
        try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
    }

    private static func session(_ model: UNet1DModel, _ options: Session.Options) throws -> Session {
        try Session(
            model: model, shape: ForwardShape(batch: 64, length: 256), pool: Pools.pool(1), options: options)
    }

    /// A model whose weights are packed, so that another user need not read its files, and the bytes of a session. Ends the process
    /// where memory was locked that nobody asked for.
    private static func unlocked() throws -> (model: UNet1DModel, bytes: Int) {
        let model = try model()
        let before = lockedBytes()
        let session = try session(model, Session.Options())
        guard !session.placement.lock.granted, session.placement.lock.refusal == 0, lockedBytes() == before else {
            exit(10)
        }
        return (model, session.memoryBytes)
    }

    /// Whether the kernel lets this process lock so many bytes.
    private static func mayLock(_ bytes: Int) -> Bool {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
        defer { memory.deallocate() }
        return mlock(memory, bytes) == 0 && munlock(memory, bytes) == 0
    }

    /// Ends the process, with status 0 if a session whose memory is to be locked says that it is, or why not; if the kernel has
    /// locked so much of this process; and if it computes.
    private static func check(_ model: UNet1DModel, isLocked: Bool) throws -> Never {
        let before = lockedBytes()
        var session = try session(model, Session.Options(lockMemory: true))
        guard session.placement.lock.granted == isLocked else { exit(20) }
        guard isLocked ? session.placement.lock.refusal == 0 : [EPERM, ENOMEM].contains(session.placement.lock.refusal)
        else {
            exit(21)
        }
        if let before, let after = lockedBytes(), after - before != (isLocked ? session.memoryBytes : 0) { exit(22) }
        let sample = [Float](repeating: 0.5, count: session.plan.sampleCount)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: Timestep(7), output: &span)
        exit(output.allSatisfy(\.isFinite) ? 0 : 23)
    }

    /// VmLck of /proc/self/status; nil where that does not tell.
    private static func lockedBytes() -> Int? {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") }
        return line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first.map { $0 * 1024 }
    }
}
