import CKernels

/// y[l, b, c] = sample[b, c, l], then embedding[b, c − channels], then zeros, for some positions.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, DownBlock1DNoSkip, which concatenates the embedding to its input.
func gather(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: gather_arguments.self)
    for l in tileRange(tile, of: a.tile_positions, in: a.length) {
        for b in 0..<a.batch {
            for c in 0..<a.padded_channels {
                var value: Float = 0
                if c < a.channels {
                    value =
                        a.sample[
                            b * a.sample_batch_stride + c * a.sample_channel_stride + l * a.sample_position_stride]
                } else if c < a.channels + a.embedding_channels {
                    value = a.embedding[b * a.embedding_stride + c - a.channels]
                }
                a.y[l * a.position_stride + b * a.padded_channels + c] = value
            }
        }
    }
}

/// output[b, c, l] = x[l, b, c], for some positions.
func scatter(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: scatter_arguments.self)
    for l in tileRange(tile, of: a.tile_positions, in: a.length) {
        for b in 0..<a.batch {
            for c in 0..<a.channels {
                let place =
                    b * a.channels * a.length + c * a.output_channel_stride + l * a.output_position_stride
                a.output[place] = a.x[l * a.position_stride + b * a.padded_channels + c]
            }
        }
    }
}

/// y[b] = [x[0 ..< length, b, c] for each c in turn; embedding[b]; zeros].
/// Source: diffusers 0.26.3, unet_1d_blocks.py, OutValueFunctionBlock.
func flatten(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: flatten_arguments.self)
    for b in 0..<a.batch {
        let y = a.y + b * a.y_stride
        for c in 0..<a.channels {
            for l in 0..<a.length {
                y[c * a.length + l] = a.x[l * a.position_stride + b * a.padded_channels + c]
            }
        }
        let features = a.channels * a.length
        for k in 0..<a.embedding_channels { y[features + k] = a.embedding[b * a.embedding_stride + k] }
        for i in features + a.embedding_channels..<a.y_stride { y[i] = 0 }
    }
}
