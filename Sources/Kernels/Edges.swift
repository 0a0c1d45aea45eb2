import CKernels
import Glibc

/// `gather_arguments`: the sample's channels, transposed to rows, then the embedding's.
func gather(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: gather_arguments.self)
    let length = a.pointee.length
    let batch = a.pointee.batch
    let padded = a.pointee.padded_channels
    let positionStride = a.pointee.position_stride
    let channels = a.pointee.channels
    let embeddingChannels = a.pointee.embedding_channels
    let firstPosition = tile * a.pointee.tile_positions
    let endPosition = min(firstPosition + a.pointee.tile_positions, length)
    let sampleStride = a.pointee.sample_position_stride
    var b = 0
    while b < batch {
        let rows = a.pointee.y + (firstPosition * positionStride + b * padded)
        var sample = a.pointee.sample + (b * a.pointee.sample_batch_stride + firstPosition * sampleStride)
        var c = 0
        while c < channels {
            copy(sample, sampleStride, rows + c, positionStride, count: endPosition - firstPosition)
            sample += a.pointee.sample_channel_stride
            c += 1
        }
        while c < padded {
            let e = c - channels
            let value = e < embeddingChannels ? a.pointee.embedding[b * a.pointee.embedding_stride + e] : 0
            var row = rows + c
            var position = firstPosition
            while position < endPosition {
                row[0] = value
                row += positionStride
                position += 1
            }
            c += 1
        }
        b += 1
    }
}

/// `scatter_arguments`: rows, transposed to the output's channels.
func scatter(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: scatter_arguments.self)
    let length = a.pointee.length
    let batch = a.pointee.batch
    let padded = a.pointee.padded_channels
    let positionStride = a.pointee.position_stride
    let channels = a.pointee.channels
    let firstPosition = tile * a.pointee.tile_positions
    let endPosition = min(firstPosition + a.pointee.tile_positions, length)
    let outputStride = a.pointee.output_position_stride
    var b = 0
    while b < batch {
        let rows = a.pointee.x + (firstPosition * positionStride + b * padded)
        var output = a.pointee.output + (b * channels * length + firstPosition * outputStride)
        var c = 0
        while c < channels {
            copy(rows + c, positionStride, output, outputStride, count: endPosition - firstPosition)
            output += a.pointee.output_channel_stride
            c += 1
        }
        b += 1
    }
}

/// y[i · y_stride] = x[i · x_stride], four at a time.
@inline(__always)
func copy(
    _ x: UnsafePointer<Float>, _ xStride: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int, count: Int
) {
    var x = x
    var y = y
    var i = 0
    while i + 3 < count {
        let (v0, v1, v2, v3) = (x[0], x[xStride], x[2 * xStride], x[3 * xStride])
        y[0] = v0
        y[yStride] = v1
        y[2 * yStride] = v2
        y[3 * yStride] = v3
        x += 4 * xStride
        y += 4 * yStride
        i += 4
    }
    while i < count {
        y[0] = x[0]
        x += xStride
        y += yStride
        i += 1
    }
}

/// `embedding_arguments`: sines and cosines in Double.
func embedding(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: embedding_arguments.self)
    let half = a.pointee.half
    let stride = a.pointee.y_stride
    let cosines = a.pointee.cosine_first != 0 ? 0 : half
    let sines = half - cosines
    var t = 0
    while t < a.pointee.count {
        let y = a.pointee.y + t * stride
        let given = a.pointee.timesteps[t]
        if t > 0 && given.bitPattern == a.pointee.timesteps[t - 1].bitPattern {
            // Equal timesteps have equal rows.
            var i = 0
            while i < stride {
                y[i] = y[i - stride]
                i += 1
            }
            t += 1
            continue
        }
        let timestep = a.pointee.round_timestep != 0 ? Double(Float(given)) : given
        var k = 0
        while k < half {
            let angle = timestep * a.pointee.frequencies[k]
            y[cosines + k] = Float(cos(angle))
            y[sines + k] = Float(sin(angle))
            k += 1
        }
        k = 2 * half
        while k < stride {
            y[k] = 0
            k += 1
        }
        t += 1
    }
}

/// `flatten_arguments`: every batch element as one row, channel-major, followed by its embedding.
func flatten(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: flatten_arguments.self)
    let length = a.pointee.length
    let batch = a.pointee.batch
    let padded = a.pointee.padded_channels
    let positionStride = a.pointee.position_stride
    let channels = a.pointee.channels
    var b = 0
    while b < batch {
        var y = a.pointee.y + b * a.pointee.y_stride
        let end = y + a.pointee.y_stride
        var c = 0
        while c < channels {
            var position = 0
            while position < length {
                y[position] = a.pointee.x[position * positionStride + b * padded + c]
                position += 1
            }
            y += length
            c += 1
        }
        let row = a.pointee.embedding + b * a.pointee.embedding_stride
        c = 0
        while c < a.pointee.embedding_channels {
            y[c] = row[c]
            c += 1
        }
        y += c
        while y < end {
            y[0] = 0
            y += 1
        }
        b += 1
    }
}
