import CKernels
import Glibc

/// act′(x) in Double.
/// - gelu: Φ(x) + x·φ(x);
/// - silu: σ(x)·(1 + x·σ(−x));
/// - mish: tanh(s) + x·sech²(s)·σ(x), s = ln(1 + eˣ);
/// - relu: 0 up to 0, else 1.
/// Source: the derivatives of the functions of `activate`.
public func activationDerivative(_ x: Double, _ activation: Int32) -> Double {
    func sigma(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }
    switch kernel_activation(rawValue: UInt32(activation)) {
    case KERNEL_ACTIVATION_GELU:
        return 0.5 * erfc(-x * 0.5.squareRoot()) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    case KERNEL_ACTIVATION_MISH:
        let s = max(x, 0) + log1p(exp(-abs(x)))
        return tanh(s) + x / (cosh(s) * cosh(s)) * sigma(x)
    case KERNEL_ACTIVATION_SILU: return sigma(x) * (1 + x * sigma(-x))
    case KERNEL_ACTIVATION_RELU: return x <= 0 ? 0 : 1
    default: return 1
    }
}

/// dx of a tile that has all positions of whole groups, or has no norm.
func combineGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: combine_gradient_arguments.self)
    let block = GradientBlock(a, tile)
    var rest: [Double] = []
    block.forEach { l, c, place in
        let g = block.g(l, c)
        if a.gain != nil { rest.append(g) } else { a.dx[place.dx] = Float(g) }
    }
    guard a.gain != nil else { return }
    var sums = [(Double, Double)](repeating: (0, 0), count: a.groups)
    var index = 0
    block.forEach { l, c, _ in
        if c < a.channels {
            let group = c / (a.channels / a.groups)
            sums[group].0 += rest[index]
            sums[group].1 += rest[index] * block.deviation(l, c)
        }
        index += 1
    }
    index = 0
    block.forEach { l, c, place in
        a.dx[place.dx] = Float(block.dx(rest[index], l, c, sums[min(c, a.channels - 1) / (a.channels / a.groups)]))
        index += 1
    }
}

/// g of a chunk, and its sums by parts.
func combineGradientBegin(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: combine_gradient_arguments.self)
    let block = GradientBlock(a, tile)
    let parts = normParts(channels: a.channels, groups: a.groups, partChannels: a.tile_channels)
    for (index, part) in parts.enumerated() where block.channels.contains(part.lowerBound) {
        var sum = (0.0, 0.0)
        for l in block.positions {
            for c in part {
                sum.0 += block.g(l, c)
                sum.1 += block.g(l, c) * block.deviation(l, c)
            }
        }
        let place = a.sums + block.b * a.sums_batch_stride + (block.chunk * parts.count + index) * 2
        (place[0], place[1]) = sum
    }
    block.forEach { l, c, place in a.dx[place.dx] = Float(block.g(l, c)) }
}

/// dx from g and the sums of all chunks.
func combineGradientEnd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: combine_gradient_arguments.self)
    let block = GradientBlock(a, tile)
    let parts = normParts(channels: a.channels, groups: a.groups, partChannels: a.sum_part_channels)
    let sums = (0..<a.groups).map { group in
        var sums = (0.0, 0.0)
        for chunk in 0..<a.sum_chunks {
            for index in parts.indices where a.groups == 1 || index == group {
                let stored = a.sums + block.b * a.sums_batch_stride + (chunk * parts.count + index) * 2
                sums.0 += stored[0]
                sums.1 += stored[1]
            }
        }
        return sums
    }
    block.forEach { l, c, place in
        let group = min(c, a.channels - 1) / (a.channels / a.groups)
        a.dx[place.dx] = Float(block.dx(Double(a.dy[place.dy]), l, c, sums[group]))
    }
}

/// y[l, c] = Σ_b x[l, b, c].
func sumElements(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: sum_elements_arguments.self)
    for l in tileRange(tile, of: a.tile_positions, in: a.length) {
        for c in 0..<a.padded_channels {
            var sum = 0.0
            for b in 0..<a.batch { sum += Double(a.x[l * a.x_position_stride + b * a.x_batch_stride + c]) }
            a.y[l * a.y_position_stride + c] = Float(sum)
        }
    }
}

/// What a tile covers.
private struct GradientBlock {
    let a: combine_gradient_arguments
    let b: Int
    let chunk: Int
    let positions: Range<Int>
    /// With padding.
    let channels: Range<Int>

    init(_ a: combine_gradient_arguments, _ tile: Int) {
        self.a = a
        let (rest, channelTile) = tile.quotientAndRemainder(dividingBy: a.channel_tiles)
        let (b, chunk) = rest.quotientAndRemainder(dividingBy: a.position_tiles)
        (self.b, self.chunk) = (b, chunk)
        groupMoments = a.gain == nil ? [] : (0..<a.groups).map { Self.moments(a, b, $0) }
        positions = tileRange(chunk, of: a.tile_positions, in: a.length)
        channels = tileRange(channelTile, of: a.tile_channels, in: padded(a.channels))
    }

    func forEach(_ body: (_ l: Int, _ c: Int, _ place: (dy: Int, dx: Int)) -> Void) {
        for l in positions {
            for c in channels {
                body(
                    l, c,
                    (
                        l * a.dy_position_stride + b * a.dy_batch_stride + c,
                        l * a.dx_position_stride + b * a.dx_batch_stride + c
                    ))
            }
        }
    }

    /// The moments of each group.
    private let groupMoments: [Moments]

    private func moments(_ c: Int) -> Moments { groupMoments[c / (a.channels / a.groups)] }

    private static func moments(_ a: combine_gradient_arguments, _ b: Int, _ group: Int) -> Moments {
        mergedMoments(
            a.partials + (a.x_batch_stride == 0 ? 0 : b * a.partials_batch_stride),
            normParts(channels: a.channels, groups: a.groups, partChannels: a.part_channels),
            group: group, of: a.groups, length: a.length, chunkPositions: a.chunk_positions, chunks: a.chunks)
    }

    private func x(_ l: Int, _ c: Int) -> Double { Double(a.x[l * a.x_position_stride + b * a.x_batch_stride + c]) }

    /// x − m.
    func deviation(_ l: Int, _ c: Int) -> Double { x(l, c) - Double(Float(moments(c).mean)) }

    private func inverse(_ moments: Moments) -> Double { 1 / (moments.squares / moments.count + 1e-5).squareRoot() }

    /// act′(norm(x)) · gain[c] · dy, 0 where there is no channel.
    func g(_ l: Int, _ c: Int) -> Double {
        guard c < a.channels else { return 0 }
        let dy = Double(a.dy[l * a.dy_position_stride + b * a.dy_batch_stride + c])
        guard a.gain != nil else { return activationDerivative(x(l, c), Int32(a.activation)) * dy }
        let moments = moments(c)
        let normed = (x(l, c) - moments.mean) * inverse(moments) * Double(a.gain[c]) + Double(a.shift[c])
        return activationDerivative(normed, Int32(a.activation)) * Double(a.gain[c]) * dy
    }

    /// r · (g − mean(g) − x̂ · mean(g · x̂)), from Σ g and Σ g·(x − m).
    func dx(_ g: Double, _ l: Int, _ c: Int, _ sums: (Double, Double)) -> Double {
        guard c < a.channels else { return 0 }
        let moments = moments(c)
        let inverse = inverse(moments)
        let rest = moments.mean - Double(Float(moments.mean))
        let product = (sums.1 - rest * sums.0) * inverse
        let normed = (x(l, c) - moments.mean) * inverse
        return inverse * (g - sums.0 / moments.count - normed * product / moments.count)
    }
}
