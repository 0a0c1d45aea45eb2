import CUNet1DSystem
import Workers

/// Where this thread runs.
enum Processor {
    /// Binds the calling thread to a CPU; nil and refusals leave it where it is.
    static func bind(to cpu: Int?) {
        guard let cpu, cpu / 8 < Int(SYSTEM_AFFINITY_BYTES) else { return }
        var mask = [UInt8](repeating: 0, count: Int(SYSTEM_AFFINITY_BYTES))
        mask[cpu / 8] = 1 << UInt8(cpu % 8)
        _ = system_affinity_set(mask, mask.count)
    }

    /// Spins for so long, so that whoever is about to sleep sleeps.
    static func spin(nanoseconds: UInt64) {
        let start = system_monotonic_nanoseconds()
        while system_monotonic_nanoseconds() - start < nanoseconds { system_spin_pause() }
    }
}
