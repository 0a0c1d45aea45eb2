import KernelArguments

/// The grid of an operation's tiles, each of which writes a block of batch elements, positions and channels of its
/// output.
///
/// Tile t is ((element tile · position tiles) + position tile) · channel tiles + channel tile.
struct TileGrid: Sendable, Hashable {
    /// The extent of the output.
    var batch: Int
    var length: Int
    /// With padding.
    var channels: Int
    /// The extent of a tile; the last one along each dimension may be smaller.
    var elementsPerTile: Int
    var positionsPerTile: Int
    var channelsPerTile: Int

    var elementTiles: Int { ceilDivide(batch, elementsPerTile) }
    var positionTiles: Int { ceilDivide(length, positionsPerTile) }
    var channelTiles: Int { ceilDivide(channels, channelsPerTile) }
    var count: Int { elementTiles * positionTiles * channelTiles }
}

/// An epilogue: what a worker runs on a tile right after its operation has written it, while it is in the worker's
/// cache. It is the norm, the activation, the sums, or the statistics of the next norm. It reads what it writes or what
/// earlier stages wrote, never another tile of its own stage.
///
/// The follower's own tiles are those of the grid, a batch element each.
struct Follower: Sendable {
    /// The module in diffusers' terms.
    var name: String
    var kind: OperationKind
    var work: Work
    /// The tiles of the operation that it follows.
    var grid: TileGrid
    /// The buffer that it writes; nil: it writes over the operation's output.
    var writes: Int?
}
