// What a model folder says that a reader should know, though it is no error.

extension Configuration {
    /// Notes on a validated configuration, a sentence each.
    ///
    /// - Parameters:
    ///   - fourierFrequencies: the number of frequencies that was taken.
    ///   - weights: the file whose `time_proj.weight` told them; nil: the configuration told them.
    ///   - file: the name that the notes mention.
    func notes(fourierFrequencies: Int, weights: String?, file: String) -> [String] {
        var notes: [String] = []
        if timeEmbeddingType == .fourier { notes += fourierNote(fourierFrequencies, weights) }
        if downBlockTypes.first == .downBlock1DNoSkip {
            let channels = sampleChannels(fourierFrequencies: fourierFrequencies)
            if channels != inChannels {
                let width = timeEmbeddingWidth(fourierFrequencies: fourierFrequencies)
                notes.append(
                    """
                    the sample has \(channels) channels: in_channels + extra_in_channels is \
                    \(inChannels + extraInChannels), of which the time embedding fills \(width)
                    """)
            }
        }
        if midBlockType == .midResTemporalBlock1D, downsampleEachBlock, diffusersVersion == nil {
            notes.append(
                """
                downsample_each_block is true, with which MidResTemporalBlock1D downsamples in diffusers from \
                \(DiffusersVersion.midDownsamplingRuns) on and raises in earlier versions; there is no _diffusers_version, \
                so it downsamples
                """)
        }
        if !readsTimestep { notes.append("no block reads the timestep; it does not change the output") }
        return notes.map { "\(file): \($0)" }
    }

    /// Says which version's rule holds, where the versions differ.
    private func fourierNote(_ frequencies: Int, _ weights: String?) -> [String] {
        let derived = derivedFourierFrequencies
        let fixed = Configuration.fixedFourierFrequencies
        guard derived != fixed else { return [] }
        let change = DiffusersVersion.fourierWidthIsDerived
        let isDerived = frequencies == derived
        let rule = isDerived ? "as diffusers from \(change) on builds it" : "as diffusers before \(change) built it"
        let other = isDerived ? "earlier versions build \(2 * fixed)" : "later versions build \(2 * derived)"
        let reason =
            if weights != nil {
                "time_proj.weight says so"
            } else if let diffusersVersion {
                "_diffusers_version is \(diffusersVersion)"
            } else if isDerived {
                "time_embedding_dim is \(2 * derived)"
            } else {
                "there is neither _diffusers_version nor time_embedding_dim"
            }
        return ["the Fourier embedding has \(2 * frequencies) values, \(rule) (\(reason)); \(other)"]
    }

    /// Whether any block reads the time embedding.
    private var readsTimestep: Bool {
        downBlockTypes.contains { $0 == .downBlock1DNoSkip || $0 == .downResnetBlock1D }
            || midBlockType != .unetMidBlock1D || upBlockTypes.contains(.upResnetBlock1D)
            || outBlockType == .valueFunction
    }
}
