extension Configuration {
    /// The tensors that a checkpoint of this configuration must hold, in the order of the forward.
    ///
    /// Source of names and shapes: diffusers 0.26.3, unet_1d.py, unet_1d_blocks.py, resnet.py, embeddings.py.
    ///
    /// - Parameter fourierFrequencies: length of `time_proj.weight`; not looked at where the embedding is positional.
    /// - Precondition: `validate` accepts the configuration, or fails for no reason but the number of weights.
    /// - Complexity: O(tensors).
    public func expectedTensors(fourierFrequencies: Int) -> [ExpectedTensor] {
        var list = TensorList(timeWidth: blockOutChannels[0])
        time(&list, fourierFrequencies)
        for block in downBlocks { down(&list, block) }
        mid(&list)
        for block in upBlocks { up(&list, block) }
        out(&list)
        return list.tensors
    }

    private func time(_ list: inout TensorList, _ fourierFrequencies: Int) {
        let width = blockOutChannels[0]
        if timeEmbeddingType == .fourier { list.add("time_proj.weight", [fourierFrequencies], .fourierFrequencies) }
        if useTimestepEmbedding {
            let input = timeEmbeddingWidth(fourierFrequencies: fourierFrequencies)
            list.linear("time_mlp.linear_1", input, 4 * width)
            list.linear("time_mlp.linear_2", 4 * width, width)
        }
    }

    private func down(_ list: inout TensorList, _ block: DownBlock) {
        let (name, out) = (block.name, block.outChannels)
        switch block.type {
        case .downResnetBlock1D:
            list.residualTemporalBlocks(name, block.inChannels, out, layers)
            if block.downsamples { list.convolution(name + ".downsample.conv", out, out, taps: 3) }
        case .downBlock1DNoSkip, .downBlock1D, .attnDownBlock1D:
            if block.type != .downBlock1DNoSkip { list.add(name + ".down.kernel", [8], .downsamplingKernel) }
            for i in 0..<3 {
                list.resConvBlock("\(name).resnets.\(i)", i == 0 ? block.inChannels : out, out, out)
                if block.type == .attnDownBlock1D { list.attention("\(name).attentions.\(i)", out) }
            }
        }
    }

    private func mid(_ list: inout TensorList) {
        let (name, width) = ("mid_block", midChannels)
        switch midBlockType {
        case .unetMidBlock1D:
            list.add(name + ".down.kernel", [8], .downsamplingKernel)
            for i in 0..<6 {
                list.resConvBlock("\(name).resnets.\(i)", width, width, width)
                list.attention("\(name).attentions.\(i)", width)
            }
            list.add(name + ".up.kernel", [8], .upsamplingKernel)
        case .midResTemporalBlock1D:
            list.residualTemporalBlocks(name, width, width, layers)
            if midDownsamples { list.convolution(name + ".downsample.conv", width, width, taps: 3) }
        case .valueFunctionMidBlock1D:
            list.residualTemporalBlock(name + ".res1", width, width / 2)
            list.convolution(name + ".down1.conv", width / 2, width / 2, taps: 3)
            list.residualTemporalBlock(name + ".res2", width / 2, width / 4)
            list.convolution(name + ".down2.conv", width / 4, width / 4, taps: 3)
        }
    }

    private func up(_ list: inout TensorList, _ block: UpBlock) {
        let (name, width, out) = (block.name, block.inChannels, block.outChannels)
        switch block.type {
        case .upResnetBlock1D:
            list.residualTemporalBlocks(name, 2 * width, out, layers)
            if block.upsamples { list.transposedConvolution(name + ".upsample.conv", out, out, taps: 4) }
        case .upBlock1D, .upBlock1DNoSkip:
            list.resConvBlock(name + ".resnets.0", 2 * width, width, width)
            list.resConvBlock(name + ".resnets.1", width, width, width)
            list.resConvBlock(name + ".resnets.2", width, width, out, isLast: block.type == .upBlock1DNoSkip)
        case .attnUpBlock1D:
            for i in 0..<3 {
                list.resConvBlock("\(name).resnets.\(i)", i == 0 ? 2 * width : out, out, out)
                list.attention("\(name).attentions.\(i)", out)
            }
        }
        if block.type == .upBlock1D || block.type == .attnUpBlock1D {
            list.add(name + ".up.kernel", [8], .upsamplingKernel)
        }
    }

    private func out(_ list: inout TensorList) {
        let width = blockOutChannels[0]
        switch outBlockType {
        case .outConv1DBlock:
            list.convolution("out_block.final_conv1d_1", width, width, taps: 5)
            list.norm("out_block.final_conv1d_gn", width)
            list.convolution("out_block.final_conv1d_2", width, outChannels, taps: 1)
        case .valueFunction:
            let values = midChannels / 4
            list.linear("out_block.final_block.0", values + width, values / 2)
            list.linear("out_block.final_block.2", values / 2, 1)
        case .other, nil: break
        }
    }
}

/// A growing list of tensors, with the layers and blocks that occur in more than one place.
private struct TensorList {
    /// Width of the time MLP's output.
    let timeWidth: Int
    var tensors: [ExpectedTensor] = []

    init(timeWidth: Int) { self.timeWidth = timeWidth }

    mutating func add(_ name: String, _ shape: [Int], _ role: ExpectedTensor.Role) {
        tensors.append(ExpectedTensor(name: name, shape: shape, role: role))
    }

    // MARK: - Layers

    mutating func linear(_ name: String, _ input: Int, _ output: Int) {
        add(name + ".weight", [output, input], .linear)
        add(name + ".bias", [output], .bias)
    }

    mutating func convolution(_ name: String, _ input: Int, _ output: Int, taps: Int, hasBias: Bool = true) {
        add(name + ".weight", [output, input, taps], .convolution)
        if hasBias { add(name + ".bias", [output], .bias) }
    }

    mutating func transposedConvolution(_ name: String, _ input: Int, _ output: Int, taps: Int) {
        add(name + ".weight", [input, output, taps], .transposedConvolution)
        add(name + ".bias", [output], .bias)
    }

    mutating func norm(_ name: String, _ channels: Int) {
        add(name + ".weight", [channels], .normGain)
        add(name + ".bias", [channels], .normShift)
    }

    // MARK: - Blocks

    /// ResConvBlock: the skip is a convolution where the widths differ; the model's last block ends before its second norm.
    mutating func resConvBlock(_ name: String, _ input: Int, _ middle: Int, _ output: Int, isLast: Bool = false) {
        if input != output { convolution(name + ".conv_skip", input, output, taps: 1, hasBias: false) }
        convolution(name + ".conv_1", input, middle, taps: 5)
        norm(name + ".group_norm_1", middle)
        convolution(name + ".conv_2", middle, output, taps: 5)
        if !isLast { norm(name + ".group_norm_2", output) }
    }

    /// SelfAttention1d.
    mutating func attention(_ name: String, _ channels: Int) {
        norm(name + ".group_norm", channels)
        for layer in ["query", "key", "value", "proj_attn"] { linear("\(name).\(layer)", channels, channels) }
    }

    /// ResidualTemporalBlock1D: the residual is a convolution where the widths differ.
    mutating func residualTemporalBlock(_ name: String, _ input: Int, _ output: Int) {
        convolution(name + ".conv_in.conv1d", input, output, taps: 5)
        norm(name + ".conv_in.group_norm", output)
        convolution(name + ".conv_out.conv1d", output, output, taps: 5)
        norm(name + ".conv_out.group_norm", output)
        linear(name + ".time_emb", timeWidth, output)
        if input != output { convolution(name + ".residual_conv", input, output, taps: 1) }
    }

    /// `layers` + 1 residual temporal blocks in a row.
    mutating func residualTemporalBlocks(_ name: String, _ input: Int, _ output: Int, _ layers: Int) {
        for i in 0...layers { residualTemporalBlock("\(name).resnets.\(i)", i == 0 ? input : output, output) }
    }
}
