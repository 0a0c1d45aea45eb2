import CKernels

/// `combine_gradient_arguments`: all of the gradient, for a tile that has all positions of whole groups.
func combineGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_gradient_arguments.self)
    let tile = GradientTile(a, tile, scratch)
    if a.pointee.gain != nil { tile.prepareNorm() }
    tile.differentiate()
    if a.pointee.gain == nil { return }
    tile.prepareEnd(hasOwnSums: true)
    tile.end(tile.dx, a.pointee.dx_position_stride)
}

/// `combine_gradient_arguments`: g, and its sums over a chunk.
func combineGradientBegin(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_gradient_arguments.self)
    let tile = GradientTile(a, tile, scratch)
    tile.prepareNorm()
    tile.differentiate()
    tile.storeSums()
}

/// `combine_gradient_arguments`: the gradient from g and its sums.
func combineGradientEnd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_gradient_arguments.self)
    let tile = GradientTile(a, tile, scratch)
    tile.prepareNorm()
    tile.prepareEnd(hasOwnSums: false)
    tile.end(tile.dy, a.pointee.dy_position_stride)
}

/// What a tile covers, and its scratch.
private struct GradientTile {
    let a: UnsafePointer<combine_gradient_arguments>
    let batch: Int
    let positionTile: Int
    let rows: Int
    let firstChannel: Int
    /// Channels with padding.
    let width: Int
    let x: UnsafePointer<Float>
    let dy: UnsafePointer<Float>
    let dx: UnsafeMutablePointer<Float>
    /// norm(x) = (x − center)·scale + shift. Then dx = g·scale + shift + (x − center)·slope.
    let center: UnsafeMutablePointer<Float>
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    let slope: UnsafeMutablePointer<Float>
    /// Σ g and Σ g·(x − center) of each channel.
    let sums: UnsafeMutablePointer<Double>
    let products: UnsafeMutablePointer<Double>
    /// The mean of each group, and the inverse of its deviation.
    let means: UnsafeMutablePointer<Double>
    let inverses: UnsafeMutablePointer<Double>

    @inline(__always)
    init(_ a: UnsafePointer<combine_gradient_arguments>, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
        self.a = a
        let channelTiles = a.pointee.channel_tiles
        let positionTiles = a.pointee.position_tiles
        let rowTile = tile / channelTiles
        batch = rowTile / positionTiles
        positionTile = rowTile - batch * positionTiles
        let firstPosition = positionTile * a.pointee.tile_positions
        rows = min(a.pointee.tile_positions, a.pointee.length - firstPosition)
        firstChannel = (tile - rowTile * channelTiles) * a.pointee.tile_channels
        width = min(a.pointee.tile_channels, paddedChannels(a.pointee.channels) - firstChannel)
        x =
            a.pointee.x
            + (batch * a.pointee.x_batch_stride + firstChannel + firstPosition * a.pointee.x_position_stride)
        dy =
            a.pointee.dy
            + (batch * a.pointee.dy_batch_stride + firstChannel + firstPosition * a.pointee.dy_position_stride)
        dx =
            a.pointee.dx
            + (batch * a.pointee.dx_batch_stride + firstChannel + firstPosition * a.pointee.dx_position_stride)
        let doubles = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
        sums = doubles
        products = doubles + width
        means = products + width
        inverses = means + width
        let floats = UnsafeMutableRawPointer(inverses + width).assumingMemoryBound(to: Float.self)
        center = floats
        scale = center + width
        shift = scale + width
        slope = shift + width
    }

    private var groupWidth: Int { @inline(__always) get { a.pointee.channels / a.pointee.groups } }
    private var norm: ChannelNorm {
        @inline(__always) get {
            ChannelNorm(
                channels: a.pointee.channels, groupWidth: groupWidth, firstChannel: firstChannel, width: width,
                center: center, scale: scale, shift: shift)
        }
    }
    private var endChannel: Int { @inline(__always) get { norm.endChannel } }
    private var firstGroup: Int { @inline(__always) get { norm.firstGroup } }
    private var groups: Int { @inline(__always) get { norm.groups } }

    // MARK: - The norm

    /// The moments of the groups, and the norm by channels: the same numbers as in `combine`.
    @inline(never)
    func prepareNorm() {
        let partition = NormPartition(
            length: a.pointee.length, channels: a.pointee.channels, groups: a.pointee.groups,
            chunkPositions: a.pointee.chunk_positions, chunks: a.pointee.chunks,
            partChannels: a.pointee.part_channels)
        let partials =
            a.pointee.partials + (a.pointee.x_batch_stride == 0 ? 0 : batch * a.pointee.partials_batch_stride)
        var group = 0
        while group < groups {
            let moments = partition.moments(of: firstGroup + group, partials)
            means[group] = moments.mean
            inverses[group] = moments.m2
            group += 1
        }
        norm.prepare(
            means: means, spreads: inverses, share: 1 / Double(a.pointee.length * groupWidth), gain: a.pointee.gain,
            shift: a.pointee.shift)
    }

    // MARK: - g

    /// Writes g to dx and, where there is a norm, its sums by channels.
    @inline(__always)
    func differentiate() {
        switch UInt32(a.pointee.activation) {
        case KERNEL_ACTIVATION_GELU.rawValue: differentiate(Gelu.self)
        case KERNEL_ACTIVATION_MISH.rawValue: differentiate(Mish.self)
        case KERNEL_ACTIVATION_SILU.rawValue: differentiate(Silu.self)
        case KERNEL_ACTIVATION_RELU.rawValue: differentiate(Relu.self)
        default: differentiate(Identity.self)
        }
    }

    @inline(never)
    private func differentiate<Activation: ActivationFunction>(_: Activation.Type) {
        let hasNorm = a.pointee.gain != nil
        let (xStride, dyStride, dxStride) = (
            a.pointee.x_position_stride, a.pointee.dy_position_stride, a.pointee.dx_position_stride
        )
        var c = 0
        while c < width {
            let mean = hasNorm ? loadLanes(center + c) : Lanes()
            let factor = hasNorm ? loadLanes(scale + c) : Lanes()
            let offset = hasNorm ? loadLanes(shift + c) : Lanes()
            let gain = hasNorm ? loadLanes(a.pointee.gain + (firstChannel + c)) : Lanes(repeating: 1)
            var sum = WideLanes(Lanes())
            var product = WideLanes(Lanes())
            var row = 0
            while row < rows {
                // Sums of a run are floats, those of runs are in Double.
                let runEnd = min(row + longestRun, rows)
                var runSum = Lanes()
                var runProduct = Lanes()
                while row < runEnd {
                    // The last rows are repeated where there are fewer than four: they are read before they are written.
                    let last = runEnd - 1 - row
                    let (rowB, rowC, rowD) = (row + min(1, last), row + min(2, last), row + min(3, last))
                    let value = Quad(
                        loadLanes(x + (row * xStride + c)), loadLanes(x + (rowB * xStride + c)),
                        loadLanes(x + (rowC * xStride + c)), loadLanes(x + (rowD * xStride + c)))
                    let upstream = Quad(
                        loadLanes(dy + (row * dyStride + c)), loadLanes(dy + (rowB * dyStride + c)),
                        loadLanes(dy + (rowC * dyStride + c)), loadLanes(dy + (rowD * dyStride + c)))
                    let deviation = value - Quad(repeating: mean)
                    let normed =
                        hasNorm
                        ? multiplyAdd(Quad(repeating: offset), deviation, Quad(repeating: factor)) : value
                    let g = Activation.derivative(normed) * upstream * Quad(repeating: gain)
                    storeLanes(g.a, dx + (row * dxStride + c))
                    storeLanes(g.b, dx + (rowB * dxStride + c))
                    storeLanes(g.c, dx + (rowC * dxStride + c))
                    storeLanes(g.d, dx + (rowD * dxStride + c))
                    if hasNorm {
                        let weighted = g * deviation
                        if last >= 3 {
                            runSum += g.total
                            runProduct += weighted.total
                        } else {
                            runSum += g.a
                            runProduct += weighted.a
                            if last >= 1 {
                                runSum += g.b
                                runProduct += weighted.b
                            }
                            if last >= 2 {
                                runSum += g.c
                                runProduct += weighted.c
                            }
                        }
                    }
                    row += 4
                }
                row = runEnd
                sum = sum + WideLanes(runSum)
                product = product + WideLanes(runProduct)
            }
            if hasNorm {
                sum.store(to: sums + c)
                product.store(to: products + c)
            }
            c += Lanes.scalarCount
        }
    }

    // MARK: - Sums

    /// Σ of a part's channels, from the first of them on.
    @inline(__always)
    private func total(_ values: UnsafePointer<Double>, from channel: Int, width: Int) -> Double {
        var sum = 0.0
        var c = channel
        while c < channel + width {
            sum += values[c]
            c += 1
        }
        return sum
    }

    /// Writes the sums of the tile's parts.
    @inline(never)
    func storeSums() {
        let isOne = a.pointee.groups == 1
        let channels = endChannel - firstChannel
        let partWidth = isOne ? channels : groupWidth
        let parts = isOne ? a.pointee.channel_tiles : a.pointee.groups
        let firstPart = isOne ? firstChannel / a.pointee.tile_channels : firstGroup
        var sum = a.pointee.sums + (batch * a.pointee.sums_batch_stride + (positionTile * parts + firstPart) * 2)
        var channel = 0
        while channel < channels {
            sum[0] = total(sums, from: channel, width: partWidth)
            sum[1] = total(products, from: channel, width: partWidth)
            sum += 2
            channel += partWidth
        }
    }

    /// What `end` reads: factors and offsets of dx by channels.
    @inline(never)
    func prepareEnd(hasOwnSums: Bool) {
        let share = 1 / Double(a.pointee.length * groupWidth)
        var channel = 0
        var group = 0
        while group < groups {
            let end = min((firstGroup + group + 1) * groupWidth, endChannel) - firstChannel
            let (sum, product) =
                hasOwnSums
                ? (
                    total(sums, from: channel, width: end - channel),
                    total(products, from: channel, width: end - channel)
                ) : storedSums(firstGroup + group)
            let inverse = inverses[group]
            let rest = means[group] - Double(Float(means[group]))
            let steepness = inverse * inverse * inverse * (product - rest * sum) * share
            let offset = inverse * sum * share - steepness * rest
            while channel < end {
                scale[channel] = Float(inverse)
                shift[channel] = Float(-offset)
                slope[channel] = Float(-steepness)
                channel += 1
            }
            group += 1
        }
        while channel < width {
            scale[channel] = 0
            shift[channel] = 0
            slope[channel] = 0
            channel += 1
        }
    }

    /// The sums of a group over all chunks, in order.
    @inline(__always)
    private func storedSums(_ group: Int) -> (Double, Double) {
        let groups = a.pointee.groups
        let partWidth = a.pointee.sum_part_channels
        let parts = groups == 1 ? (a.pointee.channels + partWidth - 1) / partWidth : groups
        let first = groups == 1 ? 0 : group
        let end = groups == 1 ? parts : group + 1
        let stored = a.pointee.sums + batch * a.pointee.sums_batch_stride
        var sum = 0.0
        var product = 0.0
        var chunk = 0
        while chunk < a.pointee.sum_chunks {
            var part = first
            while part < end {
                sum += stored[(chunk * parts + part) * 2]
                product += stored[(chunk * parts + part) * 2 + 1]
                part += 1
            }
            chunk += 1
        }
        return (sum, product)
    }

    // MARK: - dx

    /// dx = g·scale + shift + (x − center)·slope.
    @inline(__always)
    func end(_ g: UnsafePointer<Float>, _ gStride: Int) {
        let (xStride, dxStride) = (a.pointee.x_position_stride, a.pointee.dx_position_stride)
        var row = 0
        while row < rows {
            var c = 0
            while c < width {
                let deviation = loadLanes(x + (row * xStride + c)) - loadLanes(center + c)
                let straight = multiplyAdd(
                    loadLanes(shift + c), loadLanes(g + (row * gStride + c)), loadLanes(scale + c))
                storeLanes(multiplyAdd(straight, deviation, loadLanes(slope + c)), dx + (row * dxStride + c))
                c += Lanes.scalarCount
            }
            row += 1
        }
    }
}

/// `sum_elements_arguments`: the sum of all batch elements, position by position.
func sumElements(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: sum_elements_arguments.self)
    var position = tile * a.pointee.tile_positions
    let end = min(position + a.pointee.tile_positions, a.pointee.length)
    while position < end {
        let x = a.pointee.x + position * a.pointee.x_position_stride
        let y = a.pointee.y + position * a.pointee.y_position_stride
        var c = 0
        while c < a.pointee.padded_channels {
            var sum = WideLanes(Lanes())
            var b = 0
            while b < a.pointee.batch {
                sum = sum + WideLanes(loadLanes(x + (b * a.pointee.x_batch_stride + c)))
                b += 1
            }
            storeLanes(sum.narrowed, y + c)
            c += Lanes.scalarCount
        }
        position += 1
    }
}
