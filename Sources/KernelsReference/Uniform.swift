import CKernels

/// y[i] = offset + scale · v(first + i), each operation rounded to float.
func uniform(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: uniform_arguments.self)
    for i in 0..<a.count {
        let state = a.hash &+ UInt64(truncatingIfNeeded: a.first &+ i &+ 1) &* 0x9E37_79B9_7F4A_7C15
        // The upper 24 bits less 2²³, over 2²³: exact in a float.
        let v = Float(Int(mixed(state) >> 40) - 1 << 23) * 0x1p-23
        let product = a.scale * v
        a.y[i] = a.offset + product
    }
}

/// The finaliser of splitmix64, whose state advances by 0x9E3779B97F4A7C15 a number.
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014; Vigna's splitmix64.c.
private func mixed(_ state: UInt64) -> UInt64 {
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
}
