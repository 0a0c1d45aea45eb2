typealias Lanes = SIMD16<Float>
