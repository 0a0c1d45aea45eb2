import CUNet1DSystem

/// The CPUs a thread may run on, as the kernel has them: bit c % 8 of byte c / 8 is CPU c.
enum AffinityMask {
    /// The calling thread's mask; empty, with the error number, if the kernel refuses.
    static func get() -> (mask: [UInt8], refusal: Int32) {
        var mask = [UInt8](repeating: 0, count: Int(SYSTEM_AFFINITY_BYTES))
        let refusal = system_affinity_get(&mask, mask.count)
        return refusal == 0 ? (mask, 0) : ([], refusal)
    }

    /// Restricts the calling thread. Returns 0 or the error number.
    static func set(_ mask: [UInt8]) -> Int32 { system_affinity_set(mask, mask.count) }

    /// The mask with one CPU.
    static func only(_ cpu: Int) -> [UInt8] {
        var mask = [UInt8](repeating: 0, count: Int(SYSTEM_AFFINITY_BYTES))
        if cpu / 8 < mask.count { mask[cpu / 8] = 1 << UInt8(cpu % 8) }
        return mask
    }

    /// The CPUs of a mask, ascending.
    static func cpus(_ mask: [UInt8]) -> [Int] {
        (0..<(mask.count * 8)).filter { mask[$0 / 8] >> UInt8($0 % 8) & 1 != 0 }
    }
}
