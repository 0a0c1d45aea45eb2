import UNet1D

/// A model and a shape on which sizes of tiles are tried: most of their time are convolutions of width 5.
struct TileWorkload: Sendable {
    let configuration: UNet1DConfiguration
    let shape: ForwardShape
    /// Forwards of a sample, so that small ones last long enough for a clock.
    let forwards: Int

    /// Many short sequences, one short one, a long one, and wide channels at a middling length.
    static let all = [
        TileWorkload(widths: [32, 64, 128, 256], batch: 64, length: 32, forwards: 1),
        TileWorkload(widths: [32, 64, 128, 256], batch: 1, length: 32, forwards: 20),
        TileWorkload(widths: [32, 64, 128, 256], batch: 1, length: 2048, forwards: 1),
        TileWorkload(widths: [128, 512], batch: 1, length: 512, forwards: 1),
    ]

    /// The layout of the Diffuser planner.
    init(widths: [Int], batch: Int, length: Int, forwards: Int) {
        configuration = UNet1DConfiguration(
            inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, flipSinToCos: false,
            useTimestepEmbedding: true, freqShift: 1,
            downBlockTypes: widths.map { _ in .downResnetBlock1D },
            upBlockTypes: widths.dropFirst().map { _ in .upResnetBlock1D }, midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: widths, actFn: .mish)
        shape = ForwardShape(batch: batch, length: length)
        self.forwards = forwards
    }
}

/// What is tried for one size.
struct TileCandidates: Sendable {
    /// The key of its `MachineField`.
    let key: String
    /// The values, the built-in one left out.
    let values: [Int]

    /// Sizes in the order in which they are tried; each is tried with the best of those before it.
    static let all = [
        TileCandidates(key: "transformed_floats", values: [49_152, 73_728, 147_456, 196_608]),
        TileCandidates(key: "winograd_groups", values: [24, 36, 72, 96]),
        TileCandidates(key: "target_multiply_adds", values: [500_000, 1_000_000, 4_000_000, 8_000_000]),
        TileCandidates(key: "row_block", values: [48, 144, 192]),
        TileCandidates(key: "least_winograd_columns", values: [32, 128, 256]),
        TileCandidates(key: "wanted_tiles", values: [4, 16, 32]),
        TileCandidates(key: "minimum_multiply_adds", values: [12_500, 25_000, 100_000, 200_000]),
    ]
}
