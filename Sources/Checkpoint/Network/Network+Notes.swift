// What a model folder says that a reader should know, though it is no error.

extension Network {
    /// Notes on the configuration, a sentence each.
    ///
    /// - Parameters:
    ///   - weights: the file whose `time_proj.weight` told them; nil: the configuration told them.
    ///   - file: the name that the notes mention.
    func notes(weights: String?, file: String) -> [String] {
        var notes: [String] = []
        if configuration.timeEmbeddingType == .fourier { notes += fourierNote(weights) }
        if joinsEmbedding, sampleChannels != configuration.inChannels {
            notes.append(
                """
                the sample has \(sampleChannels) channels: in_channels + extra_in_channels is \
                \(configuration.inChannels + configuration.extraInChannels), of which the time embedding fills \(time.width)
                """)
        }
        if configuration.midBlockType == .midResTemporalBlock1D, configuration.downsampleEachBlock,
            configuration.diffusersVersion == nil
        {
            notes.append(
                """
                downsample_each_block is true, with which MidResTemporalBlock1D downsamples in diffusers from \
                \(DiffusersVersion.midDownsamplingRuns) on and raises in earlier versions; _diffusers_version does not \
                tell, so it downsamples
                """)
        }
        if !readsTimestep { notes.append("no block reads the timestep; it does not change the output") }
        return notes.map { "\(file): \($0)" }
    }

    /// Says which version's rule holds, where the versions differ.
    private func fourierNote(_ weights: String?) -> [String] {
        let derived = configuration.derivedFourierFrequencies
        let fixed = UNet1DConfiguration.fixedFourierFrequencies
        guard derived != fixed else { return [] }
        let change = DiffusersVersion.fourierWidthIsDerived
        let isDerived = fourierFrequencies == derived
        let rule = isDerived ? "as diffusers from \(change) on builds it" : "as diffusers before \(change) built it"
        let other = isDerived ? "earlier versions build \(2 * fixed)" : "later versions build \(2 * derived)"
        let reason =
            if weights != nil {
                "time_proj.weight says so"
            } else if let diffusersVersion = configuration.diffusersVersion {
                "_diffusers_version is \(diffusersVersion)"
            } else if isDerived {
                "time_embedding_dim is \(2 * derived)"
            } else {
                "neither _diffusers_version nor time_embedding_dim tells"
            }
        return ["the Fourier embedding has \(2 * fourierFrequencies) values, \(rule) (\(reason)); \(other)"]
    }
}
