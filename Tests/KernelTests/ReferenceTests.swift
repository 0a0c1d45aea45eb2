import CKernels
import KernelChecks
import KernelDispatch
import KernelsReference
import Testing

/// The reference against definitions written another way, and against numbers computed by hand.
struct ReferenceTests {
    private let table = KernelsReference.kernelTable()

    /// nn.ConvTranspose1d(4, stride 2, padding 1) as its definition scatters: y[2l + j − 1] += x[l] · w[j].
    @Test func transposedHalvesAreTheScatter() {
        let memory = CheckMemory(guarded: true)
        let x: [Float] = [0, 2, -3, 5, 0]  // a zero row at either end
        let w: [Float] = [1, 10, 100, 1000]
        var expected = [Float](repeating: 0, count: 6)
        for l in 0..<3 {
            for j in 0..<4 where expected.indices.contains(2 * l + j - 1) {
                expected[2 * l + j - 1] += x[l + 1] * w[j]
            }
        }
        let rows = memory.floats(5 * 16)
        for l in 0..<5 { rows[l * 16] = x[l] }
        let y = memory.floats(6 * 16)
        for half in 0..<2 {
            let packed = memory.floats(2 * 16)
            w.withUnsafeBufferPointer { w in
                var p = pack_convolution_arguments()
                p.w = w.baseAddress
                (p.output_stride, p.input_stride, p.tap_stride, p.tap_offset) = (4, 4, -2, 3 - half)
                (p.outputs, p.channels, p.taps, p.columns) = (1, (1, 0), 2, 16)
                p.packed = packed
                table.pack_convolution(&p, 0, nil)
            }
            var a = convolution_arguments()
            (a.source.0.x, a.source.0.channels) = (UnsafePointer(rows + half * 16), 1)
            (a.source.0.row_stride, a.source.0.tap_stride) = (16, 16)
            (a.weights, a.bias) = (UnsafeRawPointer(packed), UnsafePointer(memory.floats(16)))
            (a.y, a.y_row_stride, a.columns) = (y + half * 16, 32, 16)
            (a.segments, a.rows, a.rows_per_position, a.taps, a.stride) = (1, 3, 1, 2, 1)
            (a.padding, a.input_length) = (1 - half, 3)
            (a.tile_rows, a.tile_panels, a.column_tiles) = (3, 1, 1)
            table.convolution(&a, 0, nil)
        }
        #expect((0..<6).map { y[$0 * 16] } == expected)
    }

    /// Two sources, three taps, stride 2: the sums by hand.
    @Test func convolutionOfTwoSources() {
        let memory = CheckMemory(guarded: true)
        let (x, skip) = (memory.floats(5 * 16), memory.floats(5 * 16))
        for l in 1..<5 { (x[l * 16], skip[l * 16]) = (Float(l), Float(10 * l)) }  // row 0 is the zero before position 0
        let w: [Float] = [1, 2, 3, 4, 5, 6]  // (1 output, 2 inputs, 3 taps)
        let packed = memory.floats(6 * 16)
        w.withUnsafeBufferPointer { w in
            var p = pack_convolution_arguments()
            (p.w, p.output_stride, p.input_stride, p.tap_stride) = (w.baseAddress, 6, 3, 1)
            (p.outputs, p.channels, p.taps, p.columns, p.packed) = (1, (1, 1), 3, 16, packed)
            table.pack_convolution(&p, 0, nil)
        }
        let bias = memory.floats(16)
        bias[0] = 0.5
        let y = memory.floats(2 * 16)
        var a = convolution_arguments()
        let source = { (x: UnsafePointer<Float>) in
            convolution_source(x: x, channels: 1, row_stride: 32, segment_stride: 0, tap_stride: 16)
        }
        a.source = (source(x), source(skip))
        (a.weights, a.bias, a.y, a.y_row_stride, a.columns) = (UnsafeRawPointer(packed), UnsafePointer(bias), y, 16, 16)
        (a.segments, a.rows, a.rows_per_position, a.taps, a.stride) = (1, 2, 1, 3, 2)
        (a.padding, a.input_length, a.tile_rows, a.tile_panels, a.column_tiles) = (1, 4, 2, 1, 1)
        table.convolution(&a, 0, nil)
        // Positions 0, 1, 2 (the first outside), then 1, 2, 3 of x = 1, 2, 3, 4 and skip = 10, 20, 30, 40:
        // ½ + (2·1 + 3·2) + (5·10 + 6·20), then ½ + (1·2 + 2·3 + 3·4) + (4·20 + 5·30 + 6·40).
        #expect(y[0] == 178.5)
        #expect(y[16] == 490.5)
    }

    /// Values from an independent computation with 30 digits.
    @Test(arguments: [
        (KERNEL_ACTIVATION_GELU, 1, 0.841344746068543), (KERNEL_ACTIVATION_GELU, -2, -0.0455002638963584),
        (KERNEL_ACTIVATION_SILU, 1, 0.731058578630005), (KERNEL_ACTIVATION_SILU, -2, -0.238405844044235),
        (KERNEL_ACTIVATION_MISH, 1, 0.865098388267310), (KERNEL_ACTIVATION_MISH, -2, -0.252501482695709),
        (KERNEL_ACTIVATION_RELU, 1, 1), (KERNEL_ACTIVATION_RELU, -2, 0), (KERNEL_ACTIVATION_NONE, -2, -2),
    ])
    func activation(_ activation: kernel_activation, x: Double, expected: Double) {
        #expect(abs(activate(x, Int32(activation.rawValue)) - expected) < 1e-15)
    }

    @Test(arguments: 0..<5 as Range<Int32>)
    func activationsKeepNaN(activation: Int32) {
        #expect(activate(.nan, activation).isNaN)
    }

    /// GroupNorm of 1, 2, 3, 4 in one group: mean 2.5, biased variance 1.25; by chunks and of its own.
    @Test(arguments: [1, 2, 3, 4])
    func norm(chunkPositions: Int) {
        let memory = CheckMemory(guarded: true)
        let (x, y) = (memory.floats(4 * 16), memory.floats(4 * 16))
        for l in 0..<4 { x[l * 16] = Float(l + 1) }
        let (gain, shift) = (memory.floats(16), memory.floats(16))
        (gain[0], shift[0]) = (2, 1)
        let chunks = (4 + chunkPositions - 1) / chunkPositions
        var s = statistics_arguments()
        (s.x, s.position_stride, s.length, s.channels, s.groups) = (UnsafePointer(x), 16, 4, 1, 1)
        (s.chunk_positions, s.chunks, s.partials) = (chunkPositions, chunks, memory.doubles(2 * chunks))
        (s.tile_channels, s.channel_tiles) = (16, 1)
        for chunk in 0..<chunks { table.statistics(&s, chunk, nil) }
        var a = combine_arguments()
        (a.x, a.x_position_stride, a.y, a.y_position_stride) = (UnsafePointer(x), 16, y, 16)
        (a.length, a.channels, a.groups, a.gain, a.shift) = (4, 1, 1, UnsafePointer(gain), UnsafePointer(shift))
        (a.partials, a.chunk_positions, a.chunks) = (UnsafePointer(s.partials), s.chunk_positions, s.chunks)
        a.part_channels = s.tile_channels
        (a.tile_positions, a.position_tiles, a.tile_channels, a.channel_tiles) = (4, 1, 16, 1)
        for ownStatistics in [false, true] {
            if ownStatistics { a.partials = nil }
            table.combine(&a, 0, nil)
            for l in 0..<4 {
                let expected = 2 * (Double(l) - 1.5) / (1.25 + 1e-5).squareRoot() + 1
                #expect(abs(Double(y[l * 16]) - expected) < 2e-7)
            }
        }
    }

    /// Down: pad by reflection, then every second of the correlation. Up: pad, spread by zeros, convolve, cut.
    @Test(arguments: [3, 4, 5, 8])
    func resampling(length: Int) {
        let memory = CheckMemory(guarded: true)
        let x = memory.uniform(length * 16, seed: 1)
        let taps = memory.uniform(8, seed: 2)
        func padded(by count: Int) -> [Double] {
            let inner = (0..<length).map { Double(x[$0 * 16]) }
            return inner[1...count].reversed() + inner + inner.dropLast().suffix(count).reversed()
        }
        if length >= 4 {
            let y = memory.floats(length / 2 * 16)
            var a = resample_arguments(
                x: x, y: y, taps: taps, length: length, output_length: length / 2, width: 16,
                tile_positions: 100)
            table.downsample(&a, 0, nil)
            let p = padded(by: 3)
            for i in 0..<length / 2 {
                let expected = (0..<8).reduce(0) { $0 + Double(taps[$1]) * p[2 * i + $1] }
                #expect(abs(Double(y[i * 16]) - expected) < 1e-6)
            }
        }
        let y = memory.floats(2 * length * 16)
        var a = resample_arguments(
            x: x, y: y, taps: taps, length: length, output_length: 2 * length, width: 16,
            tile_positions: 100)
        table.upsample(&a, 0, nil)
        let p = padded(by: 2)
        var full = [Double](repeating: 0, count: 2 * p.count + 6)
        for m in p.indices {
            for j in 0..<8 { full[2 * m + j] += Double(taps[j]) * p[m] }
        }
        for i in 0..<2 * length { #expect(abs(Double(y[i * 16]) - full[7 + i]) < 1e-6) }
    }

    /// Every half-precision pattern against the hardware's conversion.
    @Test func widensHalf() {
        let patterns = (0..<65536).map { UInt16($0) }
        var y = [Float](repeating: 0, count: patterns.count)
        patterns.withUnsafeBytes { x in
            y.withUnsafeMutableBufferPointer { y in
                var a = widen_arguments(
                    x: x.baseAddress, element: Int32(KERNEL_ELEMENT_F16.rawValue), count: 65536, y: y.baseAddress)
                table.widen(&a, 0, nil)
            }
        }
        let wrong = patterns.filter { pattern in
            let (got, expected) = (y[Int(pattern)], Float(Float16(bitPattern: pattern)))
            return expected.isNaN ? !got.isNaN : got.bitPattern != expected.bitPattern
        }
        #expect(wrong == [])
    }

    /// The first two numbers that splitmix64 gives from state 0: 0xE220A8397B1DCDAF and 0x6E789E6AA1B965F4.
    @Test func uniformIsSplitmix() {
        var y: [Float] = [0, 0]
        y.withUnsafeMutableBufferPointer {
            var a = uniform_arguments(hash: 0, first: 0, count: 2, scale: 1, offset: 0, y: $0.baseAddress)
            table.uniform(&a, 0, nil)
        }
        #expect(y == [Float(0xE220A8 - 0x800000) / 8_388_608, Float(0x6E789E - 0x800000) / 8_388_608])
    }

    /// Timestep 2 with frequencies 0 and π/4, an odd width: cos 0, cos π/2, sin 0, sin π/2, and a zero.
    @Test(arguments: [true, false])
    func embedding(isCosineFirst: Bool) {
        var y = [Float](repeating: 9, count: 5)
        let (timesteps, frequencies) = ([2.0], [0, Double.pi / 4])
        y.withUnsafeMutableBufferPointer { y in
            timesteps.withUnsafeBufferPointer { timesteps in
                frequencies.withUnsafeBufferPointer { frequencies in
                    var a = embedding_arguments()
                    (a.timesteps, a.frequencies) = (timesteps.baseAddress, frequencies.baseAddress)
                    (a.count, a.half, a.cosine_first) = (1, 2, isCosineFirst ? 1 : 0)
                    (a.y, a.y_stride) = (y.baseAddress, 5)
                    table.embedding(&a, 0, nil)
                }
            }
        }
        let (cosines, sines): ([Float], [Float]) = ([1, Float(6.123233995736766e-17)], [0, 1])
        #expect(y == (isCosineFirst ? cosines + sines : sines + cosines) + [0])
    }

    /// Two keys with scores ln 3 and 0: weights 3/4 and 1/4.
    @Test func attention() {
        let memory = CheckMemory(guarded: true)
        let (q, keys, v, y) = (
            memory.floats(2 * 16), memory.floats(32 * 16), memory.floats(2 * 16), memory.floats(2 * 16)
        )
        (q[0], q[16]) = (1.0986123, 0)
        (v[0], v[16]) = (8, 4)
        (v[1], v[17]) = (0, 1)
        let k = memory.floats(2 * 16)
        k[0] = 1
        var t = transpose_keys_arguments()
        (t.k, t.position_stride, t.length, t.heads, t.head_size, t.head_stride) = (UnsafePointer(k), 16, 2, 1, 2, 16)
        (t.y, t.y_head_stride, t.tile_panels, t.panel_tiles) = (keys, 32, 1, 1)
        table.transpose_keys(&t, 0, nil)
        var a = attention_arguments()
        (a.q, a.q_position_stride, a.keys, a.keys_head_stride) = (UnsafePointer(q), 16, UnsafePointer(keys), 32)
        (a.v, a.v_position_stride, a.y, a.y_position_stride) = (UnsafePointer(v), 16, y, 16)
        (a.length, a.heads, a.head_size, a.head_stride) = (2, 1, 2, 16)
        (a.tile_queries, a.query_tiles, a.scratch_bytes) = (2, 1, 64)
        table.attention(&a, 0, memory.bytes(64))
        for (got, expected) in [(y[0], 7), (y[1], 0.25), (y[16], 6), (y[17], 0.5)] as [(Float, Float)] {
            #expect(abs(got - expected) < 1e-6)
        }
    }
}
