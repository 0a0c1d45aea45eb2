import CKernels
import Glibc

/// `gather_arguments`: the sample's channels, transposed to rows, then the embedding's.
func gather(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: gather_arguments.self)
    let length = Int(a.pointee.length)
    let batch = Int(a.pointee.batch)
    let padded = Int(a.pointee.padded_channels)
    let positionStride = Int(a.pointee.position_stride)
    let channels = Int(a.pointee.channels)
    let embeddingChannels = Int(a.pointee.embedding_channels)
    let firstPosition = Int(tile) * Int(a.pointee.tile_positions)
    let endPosition = min(firstPosition + Int(a.pointee.tile_positions), length)
    var b = 0
    while b < batch {
        let sample = a.pointee.sample + b * Int(a.pointee.sample_batch_stride)
        var position = firstPosition
        while position < endPosition {
            let row = a.pointee.y + (position * positionStride + b * padded)
            var c = 0
            while c < channels {
                row[c] = sample[c * length + position]
                c += 1
            }
            if embeddingChannels > 0 {
                let embedding = a.pointee.embedding + b * Int(a.pointee.embedding_stride)
                var e = 0
                while e < embeddingChannels {
                    row[c + e] = embedding[e]
                    e += 1
                }
            }
            c = channels + embeddingChannels
            while c < padded {
                row[c] = 0
                c += 1
            }
            position += 1
        }
        b += 1
    }
}

/// `scatter_arguments`: rows, transposed to the output's channels.
func scatter(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: scatter_arguments.self)
    let length = Int(a.pointee.length)
    let batch = Int(a.pointee.batch)
    let padded = Int(a.pointee.padded_channels)
    let positionStride = Int(a.pointee.position_stride)
    let channels = Int(a.pointee.channels)
    let firstPosition = Int(tile) * Int(a.pointee.tile_positions)
    let endPosition = min(firstPosition + Int(a.pointee.tile_positions), length)
    var b = 0
    while b < batch {
        var c = 0
        while c < channels {
            let output = a.pointee.output + (b * channels + c) * length
            var position = firstPosition
            while position < endPosition {
                output[position] = a.pointee.x[position * positionStride + b * padded + c]
                position += 1
            }
            c += 1
        }
        b += 1
    }
}

/// `embedding_arguments`: sines and cosines in Double.
func embedding(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: embedding_arguments.self)
    let half = Int(a.pointee.half)
    let stride = Int(a.pointee.y_stride)
    let cosines = a.pointee.cosine_first != 0 ? 0 : half
    let sines = half - cosines
    var t = 0
    while t < Int(a.pointee.count) {
        let y = a.pointee.y + t * stride
        let given = a.pointee.timesteps[t]
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

/// `flatten_arguments`: every batch element as one row, channel-major, with its embedding behind.
func flatten(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: flatten_arguments.self)
    let length = Int(a.pointee.length)
    let batch = Int(a.pointee.batch)
    let padded = Int(a.pointee.padded_channels)
    let positionStride = Int(a.pointee.position_stride)
    let channels = Int(a.pointee.channels)
    var b = 0
    while b < batch {
        var y = a.pointee.y + b * Int(a.pointee.y_stride)
        let end = y + Int(a.pointee.y_stride)
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
        let row = a.pointee.embedding + b * Int(a.pointee.embedding_stride)
        c = 0
        while c < Int(a.pointee.embedding_channels) {
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
